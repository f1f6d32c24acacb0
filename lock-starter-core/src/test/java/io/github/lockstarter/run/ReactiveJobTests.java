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

package io.github.lockstarter.run;

import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import org.reactivestreams.Subscriber;
import reactor.core.Disposable;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

import org.springframework.context.event.EventListener;
import org.springframework.scheduling.annotation.Scheduled;

import io.github.lockstarter.DistributedScheduled;
import io.github.lockstarter.JobEvent;
import io.github.lockstarter.JobFinished;
import io.github.lockstarter.JobLockLost;
import io.github.lockstarter.JobRun;
import io.github.lockstarter.JobSkipped;
import io.github.lockstarter.JobStarted;
import io.github.lockstarter.JobTimedOut;
import io.github.lockstarter.LockLostException;
import io.github.lockstarter.LockLostPolicy;
import io.github.lockstarter.LockUnavailableException;
import io.github.lockstarter.RedisUnavailablePolicy;
import io.github.lockstarter.RunOutcome;
import io.github.lockstarter.SkipReason;
import io.github.lockstarter.fixture.RedisServer;
import io.github.lockstarter.fixture.TcpProxy;
import io.github.lockstarter.internal.time.SmallSystem;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

/**
 * A run of a publisher, from its subscription to whatever ends it.
 */
class ReactiveJobTests {

	private static final Duration PATIENCE = Duration.ofSeconds(30);

	private final String name = "reactive-" + UUID.randomUUID();

	@Test
	void theLockIsHeldUntilThePublisherEnds() {
		Sinks.One<String> work = Sinks.one();
		try (TestServer server = server("server-1", Job.class, work::asMono);
				TestServer other = server("server-2", Job.class, Mono::empty)) {
			server.scheduler().fire();
			server.await(JobStarted.class);
			assertThat(TestServer.isLocked(this.name)).isTrue();
			other.bean(Job.class).run().block();
			assertThat(other.events(JobSkipped.class)).singleElement().satisfies((skip) -> {
				assertThat(skip.reason()).isEqualTo(SkipReason.STILL_RUNNING);
				assertThat(skip.holder()).isEqualTo("server-1");
			});
			assertThat(server.events(JobFinished.class)).isEmpty();
			work.tryEmitValue("done");
			assertThat(server.await(JobFinished.class).outcome()).isEqualTo(RunOutcome.SUCCEEDED);
			assertThat(TestServer.isLocked(this.name)).isFalse();
			other.bean(Job.class).run().block();
			assertThat(other.events(JobFinished.class)).hasSize(1);
		}
	}

	/**
	 * Whoever sees the end can run the job again: so does a fixed delay.
	 */
	@Test
	void theSubscriberSeesTheEndWhenTheLockIsReleased() {
		try (TestServer server = server("server-1", Job.class, () -> Mono.just("done"))) {
			Mono<Boolean> value = server.bean(Job.class).run().map((it) -> TestServer.isLocked(this.name));
			assertThat(value.block()).isFalse();
			Mono<Boolean> completion = server.bean(Job.class).runMany().then(locked("-many"));
			assertThat(completion.block()).isFalse();
			Mono<Boolean> error = server.bean(Job.class)
				.fail(new IllegalStateException())
				.cast(Boolean.class)
				.onErrorResume((ex) -> locked("-fails"));
			assertThat(error.block()).isFalse();
			assertThat(server.events(JobStarted.class)).hasSize(3);
		}
	}

	private Mono<Boolean> locked(String suffix) {
		return Mono.fromSupplier(() -> TestServer.isLocked(this.name + suffix));
	}

	@Test
	void manyValuesPassWhileTheRunLasts() {
		AtomicInteger cancelled = new AtomicInteger();
		Sinks.Many<String> work = Sinks.many().unicast().onBackpressureBuffer();
		try (TestServer server = server("server-1", Job.class,
				() -> work.asFlux().doOnCancel(cancelled::incrementAndGet))) {
			CompletableFuture<List<Object>> all = server.bean(Job.class).runMany().collectList().toFuture();
			server.await(JobStarted.class);
			work.tryEmitNext("one");
			work.tryEmitNext("two");
			assertThat(all).isNotDone();
			work.tryEmitComplete();
			assertThat(all.join()).containsExactly("one", "two");
			assertThat(server.await(JobFinished.class).outcome()).isEqualTo(RunOutcome.SUCCEEDED);
		}
	}

	/**
	 * The publisher is asked for no more than its subscriber asks for.
	 */
	@Test
	void demandIsPassedOn() {
		AtomicInteger asked = new AtomicInteger();
		try (TestServer server = server("server-1", Job.class,
				() -> Flux.range(1, 100).doOnRequest((n) -> asked.addAndGet((int) n)))) {
			assertThat(server.bean(Job.class).runMany().limitRate(10).blockLast()).isEqualTo(100);
			assertThat(server.bean(Job.class).runMany().take(3).collectList().block()).containsExactly(1, 2, 3);
			assertThat(asked.get()).isBetween(103, 120);
		}
	}

	@Test
	void anErrorPassesThroughAndTheRunHasFailed() {
		IllegalStateException error = new IllegalStateException("no rates today");
		try (TestServer server = server("server-1", Job.class, () -> Mono.error(error))) {
			AtomicReference<Throwable> seen = new AtomicReference<>();
			server.bean(Job.class).run().doOnError(seen::set).onErrorComplete().block();
			assertThat(seen.get()).isSameAs(error);
			JobFinished finished = server.await(JobFinished.class);
			assertThat(finished.outcome()).isEqualTo(RunOutcome.FAILED);
			assertThat(finished.failure()).isSameAs(error);
			assertThat(TestServer.state(this.name, "outcome")).isEqualTo("FAILED");
			assertThat(TestServer.isLocked(this.name)).isFalse();
		}
	}

	@Test
	void anErrorOfTheSubscriptionItselfIsAnErrorToo() {
		IllegalStateException error = new IllegalStateException("cannot be subscribed to");
		Publisher<Object> bad = (subscriber) -> {
			throw error;
		};
		try (TestServer server = server("server-1", Job.class, () -> Mono.empty())) {
			server.target(Job.class).raw = bad;
			assertThatExceptionOfType(IllegalStateException.class)
				.isThrownBy(() -> Flux.from(server.bean(Job.class).runRaw()).blockLast())
				.isSameAs(error);
			assertThat(server.await(JobFinished.class).failure()).isSameAs(error);
			assertThat(TestServer.isLocked(this.name + "-raw")).isFalse();
		}
	}

	@Test
	void aCancelReleasesTheLockAndIsNoSuccess() {
		AtomicInteger cancelled = new AtomicInteger();
		try (TestServer server = server("server-1", Job.class,
				() -> Mono.never().doOnCancel(cancelled::incrementAndGet))) {
			Disposable subscription = server.bean(Job.class).run().subscribe();
			server.await(JobStarted.class);
			subscription.dispose();
			JobFinished finished = server.await(JobFinished.class);
			assertThat(finished.outcome()).isEqualTo(RunOutcome.FAILED);
			assertThat(finished.failure()).isInstanceOf(CancellationException.class).hasMessageContaining(this.name);
			assertThat(cancelled).hasValue(1);
			assertThat(TestServer.isLocked(this.name)).isFalse();
			assertThat(TestServer.state(this.name, "outcome")).isEqualTo("FAILED");
		}
	}

	/**
	 * The call that subscribes may do all the work. As long as it goes on, so does the
	 * run.
	 */
	@Test
	void aCancelDuringTheSubscriptionWaitsForItsWork() throws Exception {
		CountDownLatch inside = new CountDownLatch(1);
		CountDownLatch mayReturn = new CountDownLatch(1);
		CountDownLatch returned = new CountDownLatch(1);
		try (TestServer server = server("server-1", Job.class, () -> Mono.fromRunnable(() -> {
			inside.countDown();
			awaitUninterruptibly(mayReturn);
			returned.countDown();
		}))) {
			Disposable subscription = server.bean(Job.class).run().subscribe();
			inside.await();
			subscription.dispose();
			// Any other job has time to run from its start to its end
			server.bean(Job.class).other().block();
			assertThat(server.events(JobFinished.class)).extracting(JobFinished::job)
				.containsExactly(this.name + "-other");
			assertThat(TestServer.isLocked(this.name)).isTrue();
			mayReturn.countDown();
			await().atMost(PATIENCE).until(() -> server.events(JobFinished.class).size() == 2);
			assertThat(returned.getCount()).isZero();
			assertThat(TestServer.isLocked(this.name)).isFalse();
		}
	}

	private static void awaitUninterruptibly(CountDownLatch latch) {
		while (latch.getCount() > 0) {
			Thread.onSpinWait();
		}
	}

	/**
	 * A client asks Redis other things, too.
	 */
	private static void completeIfAsking(CompletableFuture<Void> asking, String request) {
		if (request.contains("EVAL")) {
			asking.complete(null);
		}
	}

	/**
	 * Nothing has run, so the lock and the tick are given back.
	 */
	@Test
	void aCancelWhileTheLockIsAskedForGivesItBack() {
		try (TcpProxy line = TcpProxy.to(RedisServer.shared());
				TestServer server = patientServerOn(line.address(), Mono::never)) {
			line.hold(TcpProxy.Direction.TO_CLIENT);
			CompletableFuture<Void> asking = new CompletableFuture<>();
			line.onRequest((request) -> completeIfAsking(asking, request));
			Disposable subscription = server.bean(Job.class).run().subscribe();
			asking.join();
			subscription.dispose();
			line.heal();
			assertThat(server.await(JobSkipped.class).reason()).isEqualTo(SkipReason.CLOSING);
			assertThat(server.await(JobSkipped.class).detail()).contains("cancelled");
			await().atMost(PATIENCE).until(() -> !TestServer.isLocked(this.name));
			assertThat(server.events(JobStarted.class)).isEmpty();
			assertThat(server.events(JobFinished.class)).isEmpty();
			CompletableFuture<Void> empty = new CompletableFuture<>();
			server.bean(RunGate.class).close(() -> empty.complete(null));
			assertThat(empty).succeedsWithin(PATIENCE);
		}
	}

	@Test
	void aLossCancelsTheSubscription() {
		AtomicInteger cancelled = new AtomicInteger();
		try (TestServer server = server("server-1", Short.class,
				() -> Mono.never().doOnCancel(cancelled::incrementAndGet))) {
			CompletableFuture<Object> end = server.bean(Short.class).run().toFuture();
			server.await(JobStarted.class);
			RedisServer.shared().cli("DEL", TestServer.lockKey(this.name));
			assertThat(end).failsWithin(PATIENCE)
				.withThrowableThat()
				.withCauseInstanceOf(LockLostException.class)
				.withMessageContaining("has lost its lock");
			assertThat(cancelled).hasValue(1);
			assertThat(server.await(JobLockLost.class).job()).isEqualTo(this.name);
			JobFinished finished = server.await(JobFinished.class);
			assertThat(finished.outcome()).isEqualTo(RunOutcome.LOCK_LOST);
			assertThat(finished.failure()).isInstanceOf(LockLostException.class);
		}
	}

	@Test
	void aLossLeavesTheSubscriptionAloneIfThatWasAskedFor() {
		Sinks.One<String> work = Sinks.one();
		try (TestServer server = server("server-1", GoesOn.class, work::asMono)) {
			CompletableFuture<Object> end = server.bean(GoesOn.class).run().toFuture();
			server.await(JobStarted.class);
			RedisServer.shared().cli("DEL", TestServer.lockKey(this.name));
			server.await(JobLockLost.class);
			assertThat(end).isNotDone();
			work.tryEmitValue("done");
			assertThat(end.join()).isEqualTo("done");
			assertThat(server.await(JobFinished.class).outcome()).as("although it completed")
				.isEqualTo(RunOutcome.LOCK_LOST);
		}
	}

	@Test
	void aTimeoutCancelsTheSubscription() {
		AtomicInteger cancelled = new AtomicInteger();
		try (TestServer server = server("server-1", TimesOut.class,
				() -> Mono.never().doOnCancel(cancelled::incrementAndGet))) {
			CompletableFuture<Object> end = server.bean(TimesOut.class).run().toFuture();
			assertThat(end).failsWithin(PATIENCE)
				.withThrowableThat()
				.withCauseInstanceOf(LockLostException.class)
				.withMessageContaining("longer than its timeout");
			assertThat(cancelled).hasValue(1);
			server.await(JobTimedOut.class);
			assertThat(server.await(JobFinished.class).outcome()).isEqualTo(RunOutcome.TIMED_OUT);
			assertThat(TestServer.isLocked(this.name)).isFalse();
		}
	}

	/**
	 * Of an error of the JVM Reactor says nothing to anybody, if it is thrown on a thread
	 * of its own.
	 */
	@Test
	void anErrorThatReactorDoesNotSignalIsEndedByTheTimeout() {
		try (TestServer server = server("server-1", TimesOut.class, () -> Mono.fromCallable(() -> {
			throw new NoClassDefFoundError("a driver that is not there");
		}).subscribeOn(Schedulers.single()))) {
			CompletableFuture<Object> end = server.bean(TimesOut.class).run().toFuture();
			assertThat(end).failsWithin(PATIENCE).withThrowableThat().withCauseInstanceOf(LockLostException.class);
			assertThat(server.await(JobFinished.class).outcome()).isEqualTo(RunOutcome.TIMED_OUT);
			assertThat(TestServer.isLocked(this.name)).isFalse();
		}
	}

	/**
	 * Reactor leaves such an error to the thread of the publisher, which would never hear
	 * that nobody takes its values any more.
	 */
	@Test
	void anErrorOfTheJvmInWhatTakesTheValuesEndsTheRun() {
		NoClassDefFoundError error = new NoClassDefFoundError("a driver that is not there");
		AtomicInteger cancelled = new AtomicInteger();
		CompletableFuture<Subscriber<? super String>> asked = new CompletableFuture<>();
		Flux<String> work = Flux.from((subscriber) -> subscriber.onSubscribe(new Subscription() {

			@Override
			public void request(long n) {
				asked.complete(subscriber);
			}

			@Override
			public void cancel() {
				cancelled.incrementAndGet();
			}

		}));
		try (TestServer server = server("server-1", Job.class, () -> work)) {
			Disposable subscription = server.bean(Job.class).runMany().doOnNext((value) -> {
				throw error;
			}).subscribe();
			Subscriber<? super String> subscriber = asked.join();
			assertThat(catchThrowable(() -> subscriber.onNext("first"))).isSameAs(error);
			JobFinished finished = server.await(JobFinished.class);
			assertThat(finished.outcome()).isEqualTo(RunOutcome.FAILED);
			assertThat(finished.failure()).isSameAs(error);
			assertThat(cancelled).hasValue(1);
			assertThat(TestServer.isLocked(this.name + "-many")).isFalse();
			subscription.dispose();
		}
	}

	@Test
	void anErrorOfTheJvmDuringTheSubscriptionEndsTheRun() {
		NoClassDefFoundError error = new NoClassDefFoundError("a driver that is not there");
		try (TestServer server = server("server-1", Job.class, () -> Mono.empty())) {
			server.target(Job.class).raw = Mono.fromCallable(() -> {
				throw error;
			});
			assertThat(Flux.from(server.bean(Job.class).runRaw()).collectList().toFuture()).failsWithin(PATIENCE);
			assertThat(server.await(JobFinished.class).failure()).isSameAs(error);
			assertThat(TestServer.isLocked(this.name + "-raw")).isFalse();
		}
	}

	@Test
	void aRunWaitsForNoPoolThatTheApplicationFills() throws InterruptedException {
		Sinks.One<String> work = Sinks.one();
		try (TestServer server = server("server-1", Job.class, work::asMono)) {
			FullPool pool = new FullPool();
			try (pool) {
				CompletableFuture<Object> end = server.bean(Job.class).run().toFuture();
				server.await(JobStarted.class);
				work.tryEmitValue("done");
				assertThat(end).succeedsWithin(PATIENCE);
				assertThat(server.await(JobFinished.class).outcome()).isEqualTo(RunOutcome.SUCCEEDED);
				assertThat(TestServer.isLocked(this.name)).isFalse();
			}
		}
	}

	@Test
	void aLossIsToldAlsoWhereTheApplicationHasFilledItsPool() throws InterruptedException {
		try (TestServer server = server("server-1", Short.class, Mono::never)) {
			CompletableFuture<Object> end = server.bean(Short.class).run().toFuture();
			server.await(JobStarted.class);
			FullPool pool = new FullPool();
			try (pool) {
				RedisServer.shared().cli("DEL", TestServer.lockKey(this.name));
				assertThat(end).failsWithin(PATIENCE).withThrowableThat().withCauseInstanceOf(LockLostException.class);
				assertThat(server.await(JobFinished.class).outcome()).isEqualTo(RunOutcome.LOCK_LOST);
			}
		}
	}

	@Test
	void aRunEndsAlsoWhereTheSystemGivesNoThread() {
		SmallSystem system = new SmallSystem();
		Sinks.One<String> work = Sinks.one();
		try (TestServer server = start(new TestServer("server-1").time(system).onRedis(), Job.class, work::asMono)) {
			CompletableFuture<Object> end = server.bean(Job.class).run().toFuture();
			server.await(JobStarted.class);
			system.exhaust();
			work.tryEmitValue("done");
			assertThat(end).succeedsWithin(PATIENCE);
			assertThat(server.await(JobFinished.class).outcome()).isEqualTo(RunOutcome.SUCCEEDED);
			assertThat(TestServer.isLocked(this.name)).isFalse();
		}
	}

	@Test
	void aRunIsStoppedAlsoWhereTheSystemGivesNoThread() {
		SmallSystem system = new SmallSystem();
		try (TestServer server = start(new TestServer("server-1").time(system).onRedis(), Short.class, Mono::never)) {
			CompletableFuture<Object> end = server.bean(Short.class).run().toFuture();
			server.await(JobStarted.class);
			system.exhaust();
			RedisServer.shared().cli("DEL", TestServer.lockKey(this.name));
			assertThat(end).failsWithin(PATIENCE).withThrowableThat().withCauseInstanceOf(LockLostException.class);
			assertThat(server.await(JobLockLost.class).job()).isEqualTo(this.name);
			assertThat(server.await(JobFinished.class).outcome()).isEqualTo(RunOutcome.LOCK_LOST);
		}
	}

	/**
	 * What a publisher does after its end is not part of the run any more.
	 */
	@Test
	void aRunHasOneEnd() {
		Sinks.Empty<Object> work = Sinks.empty();
		try (TestServer server = server("server-1", Job.class, () -> Mono.empty())) {
			server.target(Job.class).raw = (subscriber) -> work.asMono().doOnTerminate(() -> {
				subscriber.onComplete();
				subscriber.onComplete();
			}).subscribe(subscriber);
			AtomicInteger completions = new AtomicInteger();
			Disposable subscription = Flux.from(server.bean(Job.class).runRaw())
				.doOnComplete(completions::incrementAndGet)
				.subscribe();
			server.await(JobStarted.class);
			work.tryEmitEmpty();
			server.await(JobFinished.class);
			await().atMost(PATIENCE).until(subscription::isDisposed);
			subscription.dispose();
			server.bean(Job.class).other().block();
			assertThat(server.events(JobFinished.class)).extracting(JobFinished::job)
				.containsExactly(this.name + "-raw", this.name + "-other");
			assertThat(completions).hasValue(1);
		}
	}

	@Test
	void theRunIsInTheContextOfReactorAndOnTheThreadUntilItHops() {
		AtomicReference<JobRun> onTheThread = new AtomicReference<>();
		Supplier<Mono<?>> work = () -> {
			onTheThread.set(JobRun.current());
			return Mono.delay(Duration.ofMillis(1))
				.publishOn(Schedulers.parallel())
				.flatMap((it) -> Mono.deferContextual((context) -> Mono.just(context.get(JobRun.class))));
		};
		try (TestServer server = server("server-1", Job.class, work)) {
			JobRun run = (JobRun) server.bean(Job.class).run().block();
			assertThat(run).isNotNull().isSameAs(onTheThread.get());
			assertThat(run.name()).isEqualTo(this.name);
			assertThat(run.token()).isPositive();
			assertThat(run.isLockHeld()).as("after its end").isFalse();
		}
	}

	/**
	 * Many publishers do nothing before they are asked for a value.
	 */
	@Test
	void theRunIsOnTheThreadThatAsksForValues() {
		AtomicReference<Object> seen = new AtomicReference<>();
		try (TestServer server = server("server-1", Job.class, () -> Flux.generate((sink) -> {
			sink.next(JobRun.current());
			sink.complete();
		}))) {
			BaseSubscriber<Object> subscriber = new BaseSubscriber<>() {

				@Override
				protected void hookOnSubscribe(Subscription subscription) {
					// Asks later
				}

				@Override
				protected void hookOnNext(Object value) {
					seen.set(value);
				}

			};
			server.bean(Job.class).runMany().subscribe(subscriber);
			await().atMost(PATIENCE).until(() -> server.target(Job.class).subscribed.getCount() == 0);
			assertThat(seen).hasNullValue();
			subscriber.request(1);
			JobFinished finished = server.await(JobFinished.class);
			assertThat(((JobRun) seen.get()).token()).isEqualTo(finished.token());
			assertThat(finished.outcome()).isEqualTo(RunOutcome.SUCCEEDED);
		}
	}

	@Test
	void aCallByHandIsManualAndCompletesEmptyIfItIsSkipped() {
		Sinks.One<String> work = Sinks.one();
		try (TestServer server = server("server-1", Job.class, work::asMono)) {
			CompletableFuture<Object> first = server.bean(Job.class).run().toFuture();
			assertThat(server.await(JobStarted.class).trigger()).isEqualTo(JobRun.Trigger.MANUAL);
			assertThat(server.bean(Job.class).run().blockOptional()).isEmpty();
			assertThat(server.events(JobSkipped.class)).singleElement()
				.extracting(JobSkipped::reason)
				.isEqualTo(SkipReason.STILL_RUNNING);
			work.tryEmitValue("done");
			assertThat(first.join()).isEqualTo("done");
		}
	}

	/**
	 * A job that is called by another one does not inherit its tick.
	 */
	@Test
	void aJobInsideAJobIsACallByHand() {
		try (TestServer server = server("server-1", Job.class, Mono::empty)) {
			Job job = server.bean(Job.class);
			server.target(Job.class).work = job::other;
			server.scheduler().fire();
			await().atMost(PATIENCE).until(() -> server.events(JobFinished.class).size() == 2);
			assertThat(server.events(JobStarted.class)).extracting(JobStarted::job, JobStarted::trigger)
				.containsExactly(tuple(this.name, JobRun.Trigger.SCHEDULE),
						tuple(this.name + "-other", JobRun.Trigger.MANUAL));
		}
	}

	/**
	 * Each subscription is a claim of its own.
	 */
	@Test
	void aRetryOfTheCallerIsARunOfItsOwn() {
		AtomicInteger attempts = new AtomicInteger();
		try (TestServer server = server("server-1", Job.class, () -> (attempts.incrementAndGet() == 1)
				? Mono.error(new IllegalStateException()) : Mono.just("done"))) {
			assertThat(server.bean(Job.class).run().retry(1).block()).isEqualTo("done");
			assertThat(server.events(JobFinished.class)).extracting(JobFinished::outcome)
				.containsExactly(RunOutcome.FAILED, RunOutcome.SUCCEEDED);
			assertThat(server.events(JobStarted.class)).extracting(JobStarted::token).doesNotHaveDuplicates();
		}
	}

	/**
	 * Redis does not answer, and the event loop that subscribes does not wait for it.
	 */
	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void anEventLoopNeverWaitsForRedis(boolean marked) {
		Scheduler loop = marked ? Schedulers.newSingle("loop")
				: Schedulers.fromExecutorService(Executors.newSingleThreadExecutor());
		Sinks.One<String> work = Sinks.one();
		try (TcpProxy line = TcpProxy.to(RedisServer.shared());
				TestServer server = patientServerOn(line.address(), work::asMono)) {
			CompletableFuture<Object> end = server.bean(Job.class).run().subscribeOn(loop).toFuture();
			server.await(JobStarted.class);
			line.hold(TcpProxy.Direction.TO_CLIENT);
			CompletableFuture<Void> asking = new CompletableFuture<>();
			line.onRequest((request) -> completeIfAsking(asking, request));
			loop.schedule(() -> work.tryEmitValue("done"));
			asking.join();
			assertTurns(loop);
			assertThat(end).as("its end is not confirmed").isNotDone();
			line.heal();
			assertThat(end.join()).isEqualTo("done");
			assertThat(server.await(JobFinished.class).outcome()).isEqualTo(RunOutcome.SUCCEEDED);

			line.hold(TcpProxy.Direction.TO_CLIENT);
			CompletableFuture<Void> askingAgain = new CompletableFuture<>();
			line.onRequest((request) -> completeIfAsking(askingAgain, request));
			CompletableFuture<Object> next = server.bean(Job.class).run().subscribeOn(loop).toFuture();
			askingAgain.join();
			assertTurns(loop);
			assertThat(next).as("the tick is not granted").isNotDone();
			line.heal();
			assertThat(next.join()).isEqualTo("done");
			assertThat(server.bean(Threads.class).names).isNotEmpty()
				.allMatch((thread) -> thread.startsWith("job-worker-"));
		}
		finally {
			loop.dispose();
		}
	}

	private static void assertTurns(Scheduler loop) {
		CompletableFuture<Void> turned = new CompletableFuture<>();
		loop.schedule(() -> turned.complete(null));
		assertThat(turned).succeedsWithin(PATIENCE);
	}

	@Test
	void aRedisThatIsAwayIsAnErrorIfThatWasAskedFor() {
		try (TcpProxy line = TcpProxy.to(RedisServer.shared());
				TestServer server = serverOn(line.address(), "server-1", Fails.class, Mono::never)) {
			line.cut();
			assertThatExceptionOfType(LockUnavailableException.class)
				.isThrownBy(() -> server.bean(Fails.class).run().block());
			assertThat(server.await(JobSkipped.class).reason()).isEqualTo(SkipReason.REDIS_UNAVAILABLE);
		}
	}

	private TestServer server(String id, Class<? extends Working> job, Supplier<? extends Publisher<?>> work) {
		return serverOn(RedisServer.shared().address(), id, job, work);
	}

	private TestServer serverOn(String address, String id, Class<? extends Working> job,
			Supplier<? extends Publisher<?>> work) {
		return start(new TestServer(id).onRedis(address), job, work);
	}

	/**
	 * A server that goes on waiting for a line that is held.
	 */
	private TestServer patientServerOn(String address, Supplier<? extends Publisher<?>> work) {
		return start(new TestServer("server-1").acquireTimeout(Duration.ofSeconds(20)).onRedis(address), Job.class,
				work);
	}

	private TestServer start(TestServer server, Class<? extends Working> job, Supplier<? extends Publisher<?>> work) {
		server.firedByHand().property("job", this.name).with(job, Threads.class).start();
		server.target(job).work = work;
		return server;
	}

	/**
	 * Keeps the names of the threads on which runs begin and end.
	 */
	static class Threads {

		final List<String> names = new CopyOnWriteArrayList<>();

		@EventListener
		void on(JobEvent event) {
			this.names.add(Thread.currentThread().getName());
		}

	}

	abstract static class Working {

		volatile Supplier<? extends Publisher<?>> work = Mono::empty;

		Flux<Object> work() {
			return Flux.defer(() -> Flux.from(this.work.get()).cast(Object.class));
		}

	}

	static class Job extends Working {

		final CountDownLatch subscribed = new CountDownLatch(1);

		volatile Publisher<Object> raw = Mono.empty();

		@Scheduled(cron = "0 0 3 * * *", zone = "UTC")
		@DistributedScheduled("${job}")
		Mono<Object> run() {
			return work().singleOrEmpty();
		}

		@DistributedScheduled("${job}-many")
		Flux<Object> runMany() {
			return work().doOnSubscribe((it) -> this.subscribed.countDown());
		}

		@DistributedScheduled("${job}-fails")
		Mono<Object> fail(Throwable error) {
			return Mono.error(error);
		}

		@DistributedScheduled("${job}-raw")
		Publisher<Object> runRaw() {
			return this.raw;
		}

		@DistributedScheduled("${job}-other")
		Mono<Object> other() {
			return Mono.just("other");
		}

	}

	static class Short extends Working {

		@DistributedScheduled(name = "${job}", lease = "3s")
		Mono<Object> run() {
			return work().singleOrEmpty();
		}

	}

	static class GoesOn extends Working {

		@DistributedScheduled(name = "${job}", lease = "3s", onLockLost = LockLostPolicy.CONTINUE)
		Mono<Object> run() {
			return work().singleOrEmpty();
		}

	}

	static class TimesOut extends Working {

		@DistributedScheduled(name = "${job}", timeout = "200ms")
		Mono<Object> run() {
			return work().singleOrEmpty();
		}

	}

	static class Fails extends Working {

		@DistributedScheduled(name = "${job}", onRedisUnavailable = RedisUnavailablePolicy.FAIL)
		Mono<Object> run() {
			return work().singleOrEmpty();
		}

	}

}
