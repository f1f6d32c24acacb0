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

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.time.Duration;
import java.util.List;
import java.util.Map;

import org.junit.jupiter.api.Test;

import org.springframework.aop.support.AopUtils;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Scope;
import org.springframework.core.annotation.AliasFor;
import org.springframework.core.env.MapPropertySource;
import org.springframework.scheduling.annotation.Scheduled;

import io.github.lockstarter.DistributedScheduled;
import io.github.lockstarter.JobRun.Trigger;
import io.github.lockstarter.InvalidJobException;
import io.github.lockstarter.JobStarted;
import io.github.lockstarter.LockLostPolicy;
import io.github.lockstarter.run.elsewhere.InheritedJobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

/**
 * What counts as a job, and what it is called.
 */
class JobDeclarationTests {

	@Test
	void twoBeansOfOneClassAreTwoJobs() {
		try (TestServer server = TestServer.running(TwoBeans.class)) {
			assertThat(names(server)).containsExactly("east.run", "west.run");
			server.scheduler().tasks().forEach((task) -> task.fire());
			assertThat(started(server)).containsExactlyInAnyOrder("east.run", "west.run");
			server.context().getBean("west", Plain.class).run();
			assertThat(started(server)).last().isEqualTo("west.run");
		}
	}

	@Configuration(proxyBeanMethods = false)
	static class TwoBeans {

		@Bean
		Plain east() {
			return new Plain();
		}

		@Bean
		Plain west() {
			return new Plain();
		}

	}

	static class Plain {

		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled
		void run() {
		}

	}

	@Test
	void anInheritedMethodIsAJobOfEachSubclass() {
		try (TestServer server = TestServer.running(First.class, Second.class)) {
			assertThat(names(server)).containsExactly("jobDeclarationTests.First.run",
					"jobDeclarationTests.Second.run");
			fireAll(server);
			assertThat(started(server)).containsExactlyInAnyOrder("jobDeclarationTests.First.run",
					"jobDeclarationTests.Second.run");
		}
	}

	static class First extends Plain {

	}

	static class Second extends Plain {

	}

	/**
	 * The compiler adds a bridge method to a public class that inherits a public method
	 * of a class that isn't.
	 */
	@Test
	void aMethodThatTheCompilerBridgesIsOneJob() {
		try (TestServer server = TestServer.running(Bridged.class)) {
			assertThat(Bridged.class.getDeclaredMethods()).as("bridge methods").isNotEmpty();
			assertThat(names(server)).containsExactly("jobDeclarationTests.Bridged.run");
			fireAll(server);
			assertThat(started(server)).containsExactly("jobDeclarationTests.Bridged.run");
			server.bean(Bridged.class).run();
			assertThat(started(server)).hasSize(2);
		}
	}

	static class NotPublic {

		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled
		public void run() {
		}

	}

	public static class Bridged extends NotPublic {

	}

	@Test
	void anOverrideOfAGenericMethodIsOneJob() {
		try (TestServer server = TestServer.running(Covariant.class)) {
			assertThat(names(server)).containsExactly("jobDeclarationTests.Covariant.run");
			fireAll(server);
			assertThat(started(server)).containsExactly("jobDeclarationTests.Covariant.run");
		}
	}

	abstract static class Generic<T> {

		abstract T run();

	}

	static class Covariant extends Generic<String> {

		@Override
		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled
		String run() {
			return "";
		}

	}

	@Test
	void aDefaultMethodOfAnInterfaceIsAJob() {
		try (TestServer server = TestServer.running(Implementing.class)) {
			assertThat(names(server)).containsExactly("jobDeclarationTests.Implementing.run");
			fireAll(server);
			assertThat(started(server)).containsExactly("jobDeclarationTests.Implementing.run");
		}
	}

	/**
	 * No proxy can override it, so it would run on the proxy object itself.
	 */
	@Test
	void aPackagePrivateMethodOfAnotherPackageIsRefused() {
		TestServer server = new TestServer("server-1").firedByHand().with(FromElsewhere.class);
		try (server) {
			assertThatThrownBy(server::start).rootCause().isInstanceOfSatisfying(InvalidJobException.class, (ex) -> {
				assertThat(ex.problem()).isEqualTo(InheritedJobs.PackagePrivate.class.getName()
						+ ".settle() of bean 'jobDeclarationTests.FromElsewhere' is package-private in another "
						+ "package or class loader than " + FromElsewhere.class.getName()
						+ ", so a call of it bypasses the proxy and the job would run on every server, "
						+ "without its lock.");
				assertThat(ex.remedy())
					.isEqualTo("Make the method public or protected, or override it in the class of the bean.");
			});
		}
	}

	static class FromElsewhere extends InheritedJobs.PackagePrivate {

	}

	@Test
	void aProtectedMethodOfAnotherPackageIsAJob() {
		try (TestServer server = TestServer.running(ProtectedElsewhere.class)) {
			fireAll(server);
			assertThat(started(server)).containsExactly("jobDeclarationTests.ProtectedElsewhere.settle");
		}
	}

	static class ProtectedElsewhere extends InheritedJobs.Protected {

	}

	interface WithDefault {

		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled
		default void run() {
		}

	}

	static class Implementing implements WithDefault {

	}

	@Test
	void aJobBehindAJdkProxyIsLocked() {
		try (TestServer server = TestServer.running(BehindInterface.class)) {
			Runnable bean = server.context().getBean(Runnable.class);
			assertThat(AopUtils.isJdkDynamicProxy(bean)).isTrue();
			assertThat(names(server)).containsExactly("jobDeclarationTests.BehindInterface.run");
			fireAll(server);
			bean.run();
			assertThat(server.events(JobStarted.class)).extracting(JobStarted::trigger)
				.containsExactly(Trigger.SCHEDULE, Trigger.MANUAL);
		}
	}

	static class BehindInterface implements Runnable {

		@Override
		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled
		public final void run() {
			// Final is no harm behind an interface
		}

	}

	@Test
	void anotherAnnotationMayCarryBoth() {
		try (TestServer server = TestServer.running(Composed.class)) {
			assertThat(server.bean(Jobs.class).all()).singleElement().satisfies((job) -> {
				assertThat(job.name()).isEqualTo("settlement");
				assertThat(job.lease()).isEqualTo(Duration.ofMinutes(5));
				assertThat(job.onLockLost()).isEqualTo(LockLostPolicy.CONTINUE);
			});
			fireAll(server);
			assertThat(server.events(JobStarted.class)).singleElement().satisfies((started) -> {
				assertThat(started.job()).isEqualTo("settlement");
				assertThat(started.trigger()).isEqualTo(Trigger.SCHEDULE);
				assertThat(started.tick()).hasToString("2020-01-01T18:00:00Z");
			});
		}
	}

	@Target(ElementType.METHOD)
	@Retention(RetentionPolicy.RUNTIME)
	@Scheduled(cron = "0 0 3 * * *", zone = "Asia/Seoul")
	@DistributedScheduled(lease = "5m", onLockLost = LockLostPolicy.CONTINUE)
	@interface NightlyJob {

		@AliasFor(annotation = DistributedScheduled.class, attribute = "name")
		String name();

	}

	static class Composed {

		@NightlyJob(name = "settlement")
		void run() {
		}

	}

	@Test
	void placeholdersAndExpressionsAreResolved() {
		TestServer server = new TestServer("server-1").firedByHand().with(Resolved.class);
		server.context()
			.getEnvironment()
			.getPropertySources()
			.addFirst(new MapPropertySource("test", Map.of("region", "kr", "settlement.lease", "90s")));
		try (server) {
			server.start();
			assertThat(server.bean(Jobs.class).all()).singleElement().satisfies((job) -> {
				assertThat(job.name()).isEqualTo("settlement-kr");
				assertThat(job.lease()).isEqualTo(Duration.ofSeconds(90));
				assertThat(job.lockAtLeastFor()).isEqualTo(Duration.ofSeconds(30));
				assertThat(job.timeout()).isEqualTo(Duration.ofMinutes(10));
			});
		}
	}

	static class Resolved {

		@DistributedScheduled(name = "settlement-${region}", lease = "${settlement.lease}",
				lockAtLeastFor = "#{T(java.time.Duration).ofSeconds(15).multipliedBy(2)}",
				timeout = "${settlement.timeout:10m}")
		void run() {
		}

	}

	@Test
	void durationsAreReadAsTheyAreElsewhereInSpring() {
		try (TestServer server = TestServer.running(Durations.class)) {
			assertThat(server.bean(Jobs.class).all()).extracting(Job::lease)
				.containsExactly(Duration.ofMillis(2500), Duration.ofSeconds(90), Duration.ofMinutes(2),
						Duration.ofMinutes(1));
		}
	}

	static class Durations {

		@DistributedScheduled(name = "1", lease = "2500")
		void plain() {
		}

		@DistributedScheduled(name = "2", lease = "PT1M30S")
		void iso() {
		}

		@DistributedScheduled(name = "3", lease = "2m")
		void simple() {
		}

		@DistributedScheduled(name = "4", lease = "${no.such.property:}")
		void empty() {
		}

	}

	@Test
	void whatTheAnnotationDoesNotSayComesFromTheSettings() {
		try (TestServer server = new TestServer("server-1").firedByHand()
			.with(Plain.class, Everything.class)
			.defaults((it) -> new RunSettings(it.namespace(), it.server(), Duration.ofMinutes(3), Duration.ofSeconds(4),
					Duration.ofHours(5)))
			.start()) {
			List<Job> jobs = List.copyOf(server.bean(Jobs.class).all());
			assertThat(jobs.get(1).lease()).isEqualTo(Duration.ofMinutes(3));
			assertThat(jobs.get(1).lockAtLeastFor()).isEqualTo(Duration.ofSeconds(4));
			assertThat(jobs.get(1).timeout()).isEqualTo(Duration.ofHours(5));
			assertThat(jobs.get(1).onLockLost()).isEqualTo(LockLostPolicy.INTERRUPT);
			assertThat(jobs.get(0).lease()).isEqualTo(Duration.ofSeconds(3));
			assertThat(jobs.get(0).lockAtLeastFor()).isZero();
			assertThat(jobs.get(0).timeout()).isZero();
		}
	}

	static class Everything {

		@DistributedScheduled(name = "everything", lease = "3s", lockAtLeastFor = "0", timeout = "0s")
		void run() {
		}

	}

	/**
	 * Two rates would otherwise take each other's due time.
	 */
	@Test
	void onlySeveralIntervalsHaveADueTimeOfTheirOwn() {
		try (TestServer server = TestServer.running(Intervals.class)) {
			assertThat(server.bean(Jobs.class).all()).extracting(Job::name, Job::severalIntervals)
				.containsExactly(tuple("jobDeclarationTests.Intervals.mixed", false),
						tuple("jobDeclarationTests.Intervals.two", true));
		}
	}

	static class Intervals {

		@Scheduled(fixedRate = 1000)
		@Scheduled(fixedDelayString = "PT5S")
		@DistributedScheduled
		void two() {
		}

		@Scheduled(fixedRate = 1000)
		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled
		void mixed() {
		}

	}

	/**
	 * A bean that is made several times has its job once.
	 */
	@Test
	void aPrototypeIsOneJob() {
		try (TestServer server = TestServer.running(Prototype.class)) {
			server.bean(Prototype.class).run();
			server.bean(Prototype.class).run();
			assertThat(names(server)).containsExactly("jobDeclarationTests.Prototype.run");
			assertThat(started(server)).hasSize(2);
		}
	}

	@Scope("prototype")
	static class Prototype {

		@DistributedScheduled
		void run() {
		}

	}

	private static void fireAll(TestServer server) {
		server.scheduler().tasks().forEach((task) -> task.fire());
	}

	private static List<String> names(TestServer server) {
		return server.bean(Jobs.class).all().stream().map(Job::name).toList();
	}

	private static List<String> started(TestServer server) {
		return server.events(JobStarted.class).stream().map(JobStarted::job).toList();
	}

}
