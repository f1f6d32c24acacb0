/*
 * Copyright 2026-present the original author or authors.
 *
 * Licensed under the Apache License, Version 2.0 (the "License");
 * you may not use this file except in compliance with the License.
 * You may obtain a copy of the License at
 *
 *      https://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software
 * distributed under the License is distributed on an "AS IS" BASIS,
 * WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
 * See the License for the specific language governing permissions and
 * limitations under the License.
 */
package io.github.lockstarter.wiring;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import org.awaitility.Awaitility;
import org.slf4j.LoggerFactory;

import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.scheduling.TaskScheduler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.fail;

/**
 * One way in which Spring comes to call a job, and what happens then.
 */
final class Wiring {

	private final String name;

	private final List<Consumer<AnnotationConfigApplicationContext>> steps = new ArrayList<>();

	private final List<String> warnings = new ArrayList<>();

	private Consumer<Server> call = Server::fire;

	private Consumer<Server> verdict = (server) -> {
	};

	private Consumer<Throwable> refusal = (ex) -> {
		throw new AssertionError("The application did not start: " + messages(ex), ex);
	};

	private boolean manualScheduler = true;

	private boolean scheduling = true;

	private boolean starter = true;

	private boolean otherThreads;

	private boolean started;

	private Unseen unseen;

	private Wiring(String name) {
		this.name = name;
	}

	static Wiring of(String name, Class<?>... beans) {
		return new Wiring(name).set((context) -> {
			if (beans.length > 0) {
				context.register(beans);
			}
		});
	}

	/**
	 * Change the context before it is refreshed.
	 */
	Wiring set(Consumer<AnnotationConfigApplicationContext> step) {
		this.steps.add(step);
		return this;
	}

	/**
	 * The application brings its scheduler, or does without.
	 */
	Wiring ownScheduler() {
		this.manualScheduler = false;
		return this;
	}

	/**
	 * Bodies run on threads of the application, so they have to be awaited.
	 */
	Wiring onOtherThreads() {
		this.otherThreads = true;
		return this;
	}

	Wiring withoutScheduling() {
		this.scheduling = false;
		return this;
	}

	Wiring withoutStarter() {
		this.starter = false;
		return this;
	}

	/**
	 * Do this once the server has started, instead of firing everything once.
	 */
	Wiring then(Consumer<Server> call) {
		this.call = call;
		return this;
	}

	/**
	 * Besides, this is said at WARN or ERROR.
	 */
	Wiring warns(String text) {
		this.warnings.add(text);
		return this;
	}

	Wiring locked() {
		return locked(1);
	}

	/**
	 * So many bodies run, each under its lock and for a tick of the schedule.
	 */
	Wiring locked(int times) {
		return verdict(times, "SCHEDULE");
	}

	/**
	 * One body runs, under its lock, by hand.
	 */
	Wiring lockedByHand() {
		return verdict(1, "MANUAL");
	}

	/**
	 * The body runs, without its lock: one of those that no proxy can see.
	 */
	Wiring unlocked(Unseen reason) {
		this.unseen = reason;
		return verdict(1, Body.UNLOCKED);
	}

	private Wiring verdict(int times, String trigger) {
		this.verdict = (server) -> {
			assertThat(server.thrown()).as("thrown by a fire").isEmpty();
			await(times);
			assertThat(Body.calls()).as("the bodies").hasSize(times).allMatch((call) -> call.trigger().equals(trigger));
		};
		return this;
	}

	/**
	 * Bodies run with these triggers, some of them without their lock.
	 */
	Wiring runs(Unseen reason, String... triggers) {
		this.unseen = reason;
		return runs(triggers);
	}

	/**
	 * Bodies run with these triggers.
	 */
	Wiring runs(String... triggers) {
		this.verdict = (server) -> {
			assertThat(server.thrown()).as("thrown by a fire").isEmpty();
			await(triggers.length);
			assertThat(Body.calls()).extracting(Body.Call::trigger)
				.as("the bodies")
				.containsExactlyInAnyOrder(triggers);
		};
		return this;
	}

	/**
	 * A body runs under its lock, and what would run without it is refused.
	 */
	Wiring lockedOrRefusedWhenFired() {
		this.verdict = (server) -> assertThat(Body.calls()).as("the bodies")
			.isNotEmpty()
			.noneMatch((call) -> call.trigger().equals(Body.UNLOCKED));
		return this;
	}

	/**
	 * The application starts, and nothing calls the body.
	 */
	Wiring notFired() {
		this.verdict = (server) -> {
			assertThat(server.thrown()).as("thrown by a fire").isEmpty();
			assertThat(Body.calls()).as("the bodies").isEmpty();
		};
		return this;
	}

	/**
	 * No body runs without its lock.
	 */
	Wiring notUnlocked() {
		this.verdict = (server) -> assertThat(Body.calls()).as("the bodies")
			.noneMatch((call) -> call.trigger().equals(Body.UNLOCKED));
		return this;
	}

	/**
	 * The application starts, and what is done to it then is refused, with a text that
	 * has these parts.
	 */
	Wiring refusedLater(String... parts) {
		this.verdict = (server) -> {
			assertThat(Body.calls()).as("the bodies").isEmpty();
			assertThat(server.thrown()).as("refused").isNotEmpty();
			assertThat(messages(server.thrown().get(0))).as("the reason").contains(parts);
		};
		return this;
	}

	/**
	 * The application does not start, with a text that has these parts.
	 */
	Wiring refused(String... parts) {
		this.verdict = (server) -> fail("The application started, with %d tasks, the bodies %s and %s thrown",
				server.tasks(), Body.calls(), server.thrown());
		this.refusal = (ex) -> {
			assertThat(messages(ex)).as("the reason").contains(parts);
			assertThat(Body.calls()).as("the bodies").isEmpty();
		};
		return this;
	}

	private void await(int times) {
		if (this.otherThreads) {
			Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> Body.calls().size() >= times);
		}
	}

	private static String messages(Throwable ex) {
		StringBuilder messages = new StringBuilder();
		for (Throwable cause = ex; cause != null; cause = cause.getCause()) {
			messages.append(cause.getMessage()).append('\n');
		}
		return messages.toString();
	}

	void verify() {
		Body.forget();
		ListAppender<ILoggingEvent> log = new ListAppender<>();
		Logger logger = (Logger) LoggerFactory.getLogger("io.github.lockstarter");
		log.start();
		logger.addAppender(log);
		try (Server server = new Server()) {
			Throwable ex = catchThrowable(() -> start(server));
			this.started = (ex == null);
			if (ex == null) {
				this.call.accept(server);
				this.verdict.accept(server);
				if (this.unseen == null) {
					assertThat(Body.calls()).as("the bodies")
						.extracting(Body.Call::trigger)
						.doesNotContain(Body.UNLOCKED);
				}
			}
			else {
				this.refusal.accept(ex);
			}
		}
		finally {
			logger.detachAppender(log);
		}
		if (this.started) {
			assertThat(warnings(log)).as("the log")
				.hasSize(this.warnings.size())
				.allMatch((line) -> this.warnings.stream().anyMatch(line::contains));
		}
	}

	private static List<String> warnings(ListAppender<ILoggingEvent> log) {
		return log.list.stream()
			.filter((event) -> event.getLevel().isGreaterOrEqual(Level.WARN))
			.map(ILoggingEvent::getFormattedMessage)
			.toList();
	}

	private void start(Server server) {
		AnnotationConfigApplicationContext context = server.context();
		if (this.starter) {
			Server.equip(context);
		}
		if (this.scheduling) {
			context.register(Server.Scheduling.class);
		}
		if (this.manualScheduler) {
			context.registerBean("taskScheduler", TaskScheduler.class, Server::scheduler);
		}
		this.steps.forEach((step) -> step.accept(context));
		context.refresh();
	}

	@Override
	public String toString() {
		return this.name;
	}

}
