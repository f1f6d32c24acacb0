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
package io.github.lockstarter.autoconfigure;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Future;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.redisson.api.RedissonClient;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Lazy;
import org.springframework.core.PriorityOrdered;
import org.springframework.scheduling.annotation.Scheduled;

import io.github.lockstarter.DistributedScheduled;
import io.github.lockstarter.autoconfigure.TestApplication.FailureText;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Every wrong use stops the application, with a text that names class, method and remedy.
 */
@ExtendWith(OutputCaptureExtension.class)
class StartUpFailureTests {

	private static final String WHERE = StartUpFailureTests.class.getName() + "$";

	@ParameterizedTest
	@MethodSource("methodsThatBypassTheProxy")
	void aMethodThatBypassesTheProxy(Class<?> bean, String modifier, CapturedOutput output) {
		FailureText text = TestApplication.failure(output, bean);
		assertThat(text.description()).isEqualTo("%s.run() of bean 'startUpFailureTests.%s' is %s, so a call of it "
			.formatted(bean.getName(), bean.getSimpleName(), modifier)
				+ "bypasses the proxy and the job would run on every server, without its lock.");
		assertThat(text.action())
			.isEqualTo("Make the method non-%s, and public or package-private.".formatted(modifier));
	}

	static Stream<Arguments> methodsThatBypassTheProxy() {
		return Stream.of(Arguments.of(FinalMethod.class, "final"), Arguments.of(StaticMethod.class, "static"),
				Arguments.of(PrivateMethod.class, "private"));
	}

	static class FinalMethod {

		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled
		public final void run() {
		}

	}

	static class StaticMethod {

		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled
		static void run() {
		}

	}

	static class PrivateMethod {

		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled
		private void run() {
		}

	}

	@ParameterizedTest
	@MethodSource("classesThatCannotBeProxied")
	void aClassThatCannotBeProxied(Class<?> bean, String kind, String action, CapturedOutput output) {
		FailureText text = TestApplication.failure(output, bean);
		assertThat(text.description()).isEqualTo("%s.run() of bean 'startUpFailureTests.%s' belongs to a %s, which no "
			.formatted(bean.getName(), bean.getSimpleName(), kind)
				+ "proxy can extend, so the job would run on every server, without its lock.");
		assertThat(text.action()).isEqualTo(action);
	}

	static Stream<Arguments> classesThatCannotBeProxied() {
		return Stream.of(Arguments.of(FinalClass.class, "final class", "Make the class non-final."),
				Arguments.of(FinalClassWithInterface.class, "final class", "Make the class non-final."),
				Arguments.of(ARecord.class, "record", "Move the method to a class that is no record."));
	}

	static final class FinalClass {

		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled
		void run() {
		}

	}

	static final class FinalClassWithInterface implements Runnable {

		@Override
		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled
		public void run() {
		}

	}

	record ARecord() {

		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled
		void run() {
		}

	}

	/**
	 * Spring would schedule the bean that is behind the proxy.
	 */
	@Test
	void aBeanOfACircularReference(CapturedOutput output) {
		FailureText text = TestApplication.failure(output, Circular.class,
				"spring.main.allow-circular-references=true");
		assertThat(text.description()).isEqualTo(WHERE + "One.run() of bean 'one' is not proxied, so the job would run "
				+ "on every server, without its lock.");
		assertThat(text.action()).contains("circular reference", "Move the method to a bean of its own");
	}

	@Configuration(proxyBeanMethods = false)
	static class Circular {

		@Bean
		One one() {
			return new One();
		}

		@Bean
		Other other() {
			return new Other();
		}

	}

	static class One {

		@Autowired
		private Other other;

		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled
		void run() {
			this.other.toString();
		}

	}

	static class Other {

		@Autowired
		private One one;

		@Override
		public String toString() {
			return this.one.getClass().getName();
		}

	}

	@Test
	void twoJobsOfOneName(CapturedOutput output) {
		FailureText text = TestApplication.failure(output, SameName.class);
		assertThat(text.description()).startsWith("Two jobs are named 'settlement': ")
			.contains(WHERE + "SameName.one() of bean 'startUpFailureTests.SameName'",
					WHERE + "SameName.two() of bean 'startUpFailureTests.SameName'")
			.endsWith("They would share their ticks, so one of them would not run.");
		assertThat(text.action()).isEqualTo("Give one of them another name: @DistributedScheduled(name = \"…\").");
	}

	static class SameName {

		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled("settlement")
		void one() {
		}

		@Scheduled(cron = "0 0 4 * * *")
		@DistributedScheduled("${other.name:settlement}")
		void two() {
		}

	}

	@Test
	void noNamespace(CapturedOutput output) {
		FailureText text = TestApplication.failure(output, Good.class, "spring.application.name=");
		assertThat(text.description()).isEqualTo("Distributed scheduling has no namespace. "
				+ "Two applications on one Redis must not share jobs by accident.");
		assertThat(text.action()).startsWith("Set spring.application.name, or distributed-scheduled.namespace, "
				+ "to the same value on all servers");
	}

	@Test
	void aNamespaceThatIsTooLong(CapturedOutput output) {
		FailureText text = TestApplication.failure(output, Good.class,
				"distributed-scheduled.namespace=" + "x".repeat(201));
		assertThat(text.description())
			.isEqualTo("The namespace of distributed scheduling has 201 characters; at most 200 are allowed.");
		assertThat(text.action()).isEqualTo("Set a shorter distributed-scheduled.namespace.");
	}

	@Test
	void aNameOfThisServerThatCouldMakeUpLogLines(CapturedOutput output) {
		FailureText text = TestApplication.failure(output, Good.class, "distributed-scheduled.server-id=a\nb");
		assertThat(text.description())
			.isEqualTo("The id of this server of distributed scheduling contains a line break or another control "
					+ "character: \"a\uFFFDb\".");
		assertThat(text.action()).isEqualTo("Set one that fits into a log line.");
	}

	static class Good {

		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled
		void run() {
		}

	}

	@Test
	void anEmptyGroup(CapturedOutput output) {
		FailureText text = TestApplication.failure(output, EmptyGroup.class);
		assertThat(text.description()).isEqualTo("The group of " + WHERE
				+ "EmptyGroup.run() of bean 'startUpFailureTests.EmptyGroup' is empty: \"${empty:}\".");
		assertThat(text.action())
			.isEqualTo("Give it a name, or leave the attribute out: then the job has a lock of its own.");
	}

	static class EmptyGroup {

		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled(group = "${empty:}")
		void run() {
		}

	}

	@ParameterizedTest
	@CsvSource({ "EmptyName, ${empty:}", "BlankName, ' '", "NullName, #{null}" })
	void anEmptyName(String bean, String declared, CapturedOutput output) throws ClassNotFoundException {
		FailureText text = TestApplication.failure(output, Class.forName(WHERE + bean));
		assertThat(text.description())
			.isEqualTo("The name of %s.run() of bean 'startUpFailureTests.%s' is empty: \"%s\".".formatted(WHERE + bean,
					bean, declared));
		assertThat(text.action()).isEqualTo(
				"Give it a name, or leave the attribute out: then it is 'startUpFailureTests.%s.run'.".formatted(bean));
	}

	static class EmptyName {

		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled("${empty:}")
		void run() {
		}

	}

	static class BlankName {

		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled(" ")
		void run() {
		}

	}

	static class NullName {

		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled("#{null}")
		void run() {
		}

	}

	/**
	 * What looks like a job for each tenant would be one for all of them.
	 */
	@ParameterizedTest
	@CsvSource(quoteCharacter = '`',
			value = { "ArgumentInName, name, sync-#{#tenant}, #{#tenant}, sync-",
					"ArgumentInSum, name, #{'sync-' + #tenant}, #tenant, sync-null",
					"ArgumentOrElse, group, `sync-#{#p0 ?: 'all #1'}`, #p0, sync-all #1",
					"EmptyPartOfName, name, sync-${tenant:}-nightly, ${tenant:}, sync--nightly",
					"NullInGroup, group, #{null}-${region:eu}, #{null}, -eu" })
	void aPartOfANameThatHasNoValue(String bean, String attribute, String declared, String part, String value,
			CapturedOutput output) throws ClassNotFoundException {
		FailureText text = TestApplication.failure(output, Class.forName(WHERE + bean));
		assertThat(text.description()).startsWith("The %s of %s.sync(".formatted(attribute, WHERE + bean))
			.endsWith("is \"%s\", in which %s has no value, so it would be \"%s\" for all.".formatted(declared, part,
					value));
		assertThat(text.action()).contains("knows no arguments of a call", "DistributedJobs.run");
	}

	static class ArgumentInName {

		@DistributedScheduled("sync-#{#tenant}")
		void sync(String tenant) {
		}

	}

	static class ArgumentInSum {

		@DistributedScheduled("#{'sync-' + #tenant}")
		void sync(String tenant) {
		}

	}

	static class ArgumentOrElse {

		@DistributedScheduled(group = "sync-#{#p0 ?: 'all #1'}")
		void sync(String tenant) {
		}

	}

	static class EmptyPartOfName {

		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled("sync-${tenant:}-nightly")
		void sync() {
		}

	}

	static class NullInGroup {

		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled(group = "#{null}-${region:eu}")
		void sync() {
		}

	}

	@Test
	void aPartOfANameThatHasAValue(CapturedOutput output) {
		FailureText text = TestApplication.failure(output, PartsOfName.class, "brace=}");
		// All is well with the first one
		assertThat(text.description()).contains("Two jobs are named 'a-}-b-c'", "PartsOfName.one(String)",
				"PartsOfName.one()");
	}

	static class PartsOfName {

		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled("#{'a'}-${brace}-#{'${none:b}'}-c")
		void one() {
		}

		@DistributedScheduled("a-#{'}'}-b-c")
		void one(String overloaded) {
		}

	}

	@Test
	void aPlaceholderThatIsNotSet(CapturedOutput output) {
		FailureText text = TestApplication.failure(output, NoSuchCron.class);
		assertThat(text.description())
			.startsWith("The attribute 'cron' of @Scheduled on " + WHERE
					+ "NoSuchCron.run() of bean 'startUpFailureTests.NoSuchCron' cannot be read: \"${no.such.cron}\". ")
			.contains("Could not resolve placeholder 'no.such.cron'");
		assertThat(text.action()).contains("Set the property");
	}

	static class NoSuchCron {

		@Scheduled(cron = "${no.such.cron}")
		@DistributedScheduled
		void run() {
		}

	}

	@Test
	void aNameThatIsTooLong(CapturedOutput output) {
		FailureText text = TestApplication.failure(output, LongName.class, "long=" + "x".repeat(201));
		assertThat(text.description()).contains(WHERE + "LongName.run() of bean", "has 201 characters; at most 200")
			.endsWith("\"" + "x".repeat(201) + "\".");
		assertThat(text.action()).isEqualTo("Give it a shorter name.");
	}

	static class LongName {

		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled("${long}")
		void run() {
		}

	}

	@ParameterizedTest
	@CsvSource({ "BadLease, lease, soon", "NegativeTimeout, timeout, -5s", "BadAtLeast, lockAtLeastFor, 5 minutes" })
	void aDurationThatIsNone(String bean, String attribute, String value, CapturedOutput output)
			throws ClassNotFoundException {
		FailureText text = TestApplication.failure(output, Class.forName(WHERE + bean));
		assertThat(text.description())
			.isEqualTo("The attribute '%s' of @DistributedScheduled on %s.run() of bean 'startUpFailureTests.%s' is "
				.formatted(attribute, WHERE + bean, bean)
					+ "\"%s\", which is not a duration between zero and a year.".formatted(value));
		assertThat(text.action()).isEqualTo("Write it like \"30s\", \"5m\" or \"PT5M\".");
	}

	static class BadLease {

		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled(lease = "soon")
		void run() {
		}

	}

	static class NegativeTimeout {

		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled(timeout = "${bad.timeout:-5s}")
		void run() {
		}

	}

	static class BadAtLeast {

		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled(lockAtLeastFor = "5 minutes")
		void run() {
		}

	}

	@Test
	void aLeaseThatIsTooShort(CapturedOutput output) {
		FailureText text = TestApplication.failure(output, ShortLease.class);
		assertThat(text.description()).isEqualTo("The lease of " + WHERE + "ShortLease.run() of bean "
				+ "'startUpFailureTests.ShortLease' is 500ms; it must be at least one second.");
		assertThat(text.action()).contains("@DistributedScheduled(lease = \"60s\")", "a plain number is milliseconds");
	}

	@ParameterizedTest
	@CsvSource({ "LeaseOfTwoSeconds, 2s, 2s, 2s106ms", "LeaseOfTwoSeconds, 2s, 1950ms, 2s53ms",
			"LeaseOfTwoSeconds, 2s, 5s, 5s264ms" })
	void aLeaseOfWhichLessIsTrustedThanTheWaitForRedis(String bean, String lease, String acquireTimeout,
			String shortest, CapturedOutput output) throws ClassNotFoundException {
		FailureText text = TestApplication.failure(output, Class.forName(WHERE + bean),
				"distributed-scheduled.acquire-timeout=" + acquireTimeout);
		assertThat(text.description()).isEqualTo(
				"The lease of %s.run() of bean 'startUpFailureTests.%s' is %s; it must be longer than %s: the time that a thread may wait for Redis, and a margin."
					.formatted(WHERE + bean, bean, lease, shortest));
		assertThat(text.action()).isEqualTo(
				"Set a longer lease in @DistributedScheduled, or a shorter distributed-scheduled.acquire-timeout.");
	}

	static class LeaseOfTwoSeconds {

		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled(lease = "2s")
		void run() {
		}

	}

	static class ShortLease {

		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled(lease = "500ms")
		void run() {
		}

	}

	@ParameterizedTest
	@CsvSource(delimiter = '|',
			textBlock = """
					lease=-5s              | distributed-scheduled.lease is -5s, but it must be at least 1s
					lease=999ms            | distributed-scheduled.lease is 999ms, but it must be at least 1s
					lock-at-least-for=-1s  | distributed-scheduled.lock-at-least-for is -1s, but it must not be negative
					timeout=-1s            | distributed-scheduled.timeout is -1s, but it must not be negative
					acquire-timeout=60s    | distributed-scheduled.acquire-timeout is 1m, but it must be shorter than the lease
					acquire-timeout=0      | distributed-scheduled.acquire-timeout is 0s, but it must be at least 1ms
					history-runs=-1        | distributed-scheduled.history-runs is -1, but it must be a number from 0 to 10000
					history-runs=10001     | distributed-scheduled.history-runs is 10001, but it must be a number from 0 to 10000
					max-clock-skew=-1s     | distributed-scheduled.max-clock-skew is -1s, but it must not be negative
					replicas.acknowledge=-1 | distributed-scheduled.replicas.acknowledge is -1, but it must not be negative
					replicas.within=0       | distributed-scheduled.replicas.within is 0s, but it must be at least 1ms
					redis.ping-connection-interval=-1s  | ping-connection-interval is -1s, but it must be 0 or at least 1ms
					redis.ping-connection-interval=10us | ping-connection-interval is 10us, but it must be 0 or at least 1ms
					key-prefix=a{b         | distributed-scheduled.key-prefix is a{b, but it must not contain { or }
					""")
	void aPropertyThatCannotWork(String property, String reason, CapturedOutput output) {
		FailureText text = TestApplication.failure(output, Good.class, "distributed-scheduled." + property);
		assertThat(text.description()).contains("distributed-scheduled", reason);
		assertThat(text.action()).contains("Update your application's configuration");
	}

	@Test
	void aWaitForReplicasThatIsLongerThanTheWaitForAll(CapturedOutput output) {
		FailureText text = TestApplication.failure(output, Good.class, "distributed-scheduled.replicas.acknowledge=1",
				"distributed-scheduled.replicas.within=2s");
		assertThat(text.description()).contains("distributed-scheduled.replicas.within is 2s, but it must be shorter "
				+ "than the acquire-timeout of 2s");
	}

	@ParameterizedTest
	@CsvSource({ "lease=long, distributed-scheduled.lease, long",
			"on-redis-unavailable=inherit, distributed-scheduled.on-redis-unavailable, inherit",
			"mode=sentinel, distributed-scheduled.mode, sentinel" })
	void aPropertyThatCannotBeRead(String property, String name, String value, CapturedOutput output) {
		FailureText text = TestApplication.failure(output, Good.class, "distributed-scheduled." + property);
		assertThat(text.description()).contains("Property: " + name, "Value: \"" + value + "\"");
		assertThat(text.action()).contains("Update your application's configuration");
	}

	@ParameterizedTest
	@CsvSource({ "ReturnsFuture, Future", "ReturnsCompletableFuture, CompletableFuture",
			"ReturnsCompletionStage, CompletionStage" })
	void aMethodThatReturnsBeforeItsWorkIsDone(String bean, String type, CapturedOutput output)
			throws ClassNotFoundException {
		FailureText text = TestApplication.failure(output, Class.forName(WHERE + bean));
		assertThat(text.description())
			.isEqualTo(("%s.run() of bean 'startUpFailureTests.%s' returns before its work is "
					+ "done (%s), so its lock would be released too early.")
				.formatted(WHERE + bean, bean, type));
		assertThat(text.action())
			.isEqualTo("Wait for the result inside the method and return void or the value, or return a publisher "
					+ "that does the work when it is subscribed to, such as a Mono.");
	}

	static class ReturnsFuture {

		@DistributedScheduled
		Future<String> run() {
			return CompletableFuture.completedFuture("");
		}

	}

	static class ReturnsCompletableFuture {

		@DistributedScheduled
		CompletableFuture<String> run() {
			return CompletableFuture.completedFuture("");
		}

	}

	static class ReturnsCompletionStage {

		@DistributedScheduled
		CompletionStage<String> run() {
			return CompletableFuture.completedFuture("");
		}

	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', textBlock = """
			sentinel.nodes=a:26379,b:26379 | but not the name of the master | spring.data.redis.sentinel.master
			cluster.nodes[0]=a             | which is not host:port         | host:port
			masterreplica.nodes=a          | which is not host:port         | host:port
			""")
	void aLayoutOfRedisThatCannotWork(String property, String problem, String remedy, CapturedOutput output) {
		FailureText text = TestApplication.failure(output, Good.class, "distributed-scheduled.mode=redis",
				"spring.data.redis." + property);
		assertThat(text.description()).contains(problem);
		assertThat(text.action()).contains(remedy);
	}

	@ParameterizedTest
	@CsvSource({ "http://user:s3cret@host:6379", "redis://user:s3cret@", "redis://:s3 cret@host",
			"redis://user:s3cret@host:6379/zero", "redis://user:s3cret@host:port", "redis://user:s3/cret@host:6379",
			"user:s3cret@host:6379", "redis:user:s3cret@host" })
	void aUrlThatCannotBeReadIsShownWithoutItsPassword(String url, CapturedOutput output) {
		FailureText text = TestApplication.failure(output, Good.class, "distributed-scheduled.mode=redis",
				"spring.data.redis.url=" + url);
		assertThat(text.description()).startsWith("spring.data.redis.url cannot be read: \"");
		assertThat(text.action()).contains("redis://user:password@host:port/database", "rediss://");
		assertThat(output).doesNotContain("s3cret").doesNotContain("s3 cret").doesNotContain("cret@");
	}

	@Test
	void severalRedissonClients(CapturedOutput output) {
		FailureText text = TestApplication.failure(output, TwoClients.class, "distributed-scheduled.mode=redis");
		assertThat(text.description())
			.startsWith("There are several RedissonClient beans, so it is not clear which Redis keeps the locks: ")
			.contains("orders", "sessions");
		assertThat(text.action()).isEqualTo("Mark one of them as @Primary.");
	}

	@Configuration(proxyBeanMethods = false)
	static class TwoClients extends Good {

		@Bean
		@Lazy
		RedissonClient orders() {
			throw new IllegalStateException("not needed");
		}

		@Bean
		@Lazy
		RedissonClient sessions() {
			throw new IllegalStateException("not needed");
		}

	}

	@Test
	void anSslBundleThatIsNotThere(CapturedOutput output) {
		FailureText text = TestApplication.failure(output, Good.class, "distributed-scheduled.mode=redis",
				"spring.data.redis.ssl.bundle=redis");
		assertThat(text.description())
			.isEqualTo("spring.data.redis.ssl.bundle is 'redis', but there is no SSL bundle of this name.");
		assertThat(text.action()).isEqualTo("Define it as spring.ssl.bundle.pem.redis or spring.ssl.bundle.jks.redis.");
	}

	/**
	 * A bean that is made while post-processors are made is not seen by all of them.
	 */
	@Test
	void aBeanThatIsMadeTooEarly(CapturedOutput output) {
		FailureText text = TestApplication.failure(output, TooEarly.class);
		assertThat(text.description()).contains(WHERE + "Good.run() of bean 'early' is not proxied");
		assertThat(text.action()).contains("BeanPostProcessor");
	}

	@Configuration(proxyBeanMethods = false)
	static class TooEarly {

		@Bean
		static Good early() {
			return new Good();
		}

		@Bean
		static NeedsTheJob needsTheJob(Good early) {
			return new NeedsTheJob(early);
		}

	}

	record NeedsTheJob(Good job) implements BeanPostProcessor, PriorityOrdered {

		@Override
		public int getOrder() {
			return 0;
		}

	}

}
