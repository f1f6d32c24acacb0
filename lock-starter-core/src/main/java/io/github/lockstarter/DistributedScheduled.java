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

package io.github.lockstarter;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

import org.springframework.aot.hint.annotation.Reflective;
import org.springframework.core.annotation.AliasFor;

/**
 * Runs a {@link org.springframework.scheduling.annotation.Scheduled @Scheduled} method on
 * one server only. At each tick every server asks for the lock of the job; one gets it
 * and runs the method, the others skip this tick.
 *
 * <pre class="code">
 * &#64;Scheduled(cron = "0 0 3 * * *", zone = "Asia/Seoul")
 * &#64;DistributedScheduled
 * void settle() { … }
 * </pre>
 *
 * <p>
 * May be used as a meta-annotation. All attributes resolve <code>${…}</code> placeholders
 * and <code>#{…}</code> expressions once, at start-up; a value that cannot be used stops
 * the application with a text that says what to do. Durations are written {@code 30s},
 * {@code 5m}, {@code PT5M}; a plain number is milliseconds.
 *
 * <p>
 * The method must be called through the Spring proxy, so it cannot be final, static or
 * private. A call by hand, from other code, runs under the same lock as trigger
 * {@link JobRun.Trigger#MANUAL} and is not tied to a tick; so does one from another
 * scheduled method. A task that is registered by code gives its tick to each method that
 * it calls and that is not {@code @Scheduled} itself, once. A skipped call returns
 * {@code null}, an empty {@link java.util.Optional} or zero.
 *
 * <p>
 * If the method returns a publisher ({@code Mono}, {@code Flux}, RxJava, Kotlin), Spring
 * calls it once and subscribes at each tick. Then each subscription is a run, from the
 * subscription to the end of the publisher; a skipped one completes empty.
 *
 * @since 0.1.0
 * @see JobRun
 * @see JobEvent
 */
@Target({ ElementType.METHOD, ElementType.ANNOTATION_TYPE })
@Retention(RetentionPolicy.RUNTIME)
@Documented
@Reflective
public @interface DistributedScheduled {

	/**
	 * Alias for {@link #name()}.
	 * @return the name of the job
	 */
	@AliasFor("name")
	String value() default "";

	/**
	 * The name of the job. Servers that use the same namespace and the same name share
	 * the ticks of this job. Unique within an application, at most 200 characters, none
	 * of them a line break or another control character.
	 * <p>
	 * Default: {@code beanName.methodName}.
	 * @return the name of the job
	 */
	@AliasFor("value")
	String name() default "";

	/**
	 * The group of the job. Jobs of one group share one lock, so that they never run at
	 * the same time, on whatever server. Each keeps its own ticks: one that meets a run
	 * of another job of its group waits for the lock, off the thread, until its own next
	 * tick has come. Give all of them the same group on all servers.
	 * <p>
	 * Default: none, the job has a lock of its own.
	 * @return the name of the group, at most 200 characters
	 */
	String group() default "";

	/**
	 * How long the lock outlives a server that died while it ran this job. It is renewed
	 * at a third of its length for as long as the method runs, so it says nothing about
	 * how long the method may take. At least one second.
	 * <p>
	 * Default: the property {@code distributed-scheduled.lease} (60 seconds).
	 * @return the lease, as a duration
	 */
	String lease() default "";

	/**
	 * The shortest time from a tick to the next one that may run, on whatever server. It
	 * is an instant that is remembered, not a lock that is kept.
	 * <p>
	 * Default: the property {@code distributed-scheduled.lock-at-least-for} (zero).
	 * @return the duration
	 */
	String lockAtLeastFor() default "";

	/**
	 * A cap for a run that hangs. When it is over, the run is told and its thread is
	 * interrupted. The lock stays until the method returns or the server dies, because
	 * the method may still be working. A publisher is cancelled, and its lock released.
	 * Zero means none.
	 * <p>
	 * Default: the property {@code distributed-scheduled.timeout} (none).
	 * @return the duration
	 */
	String timeout() default "";

	/**
	 * What happens to a run that lost its lock.
	 * @return the policy
	 */
	LockLostPolicy onLockLost() default LockLostPolicy.INTERRUPT;

	/**
	 * What happens to a tick when Redis cannot be asked.
	 * <p>
	 * Default: the property {@code distributed-scheduled.on-redis-unavailable}
	 * ({@link RedisUnavailablePolicy#RETRY}).
	 * @return the policy
	 */
	RedisUnavailablePolicy onRedisUnavailable() default RedisUnavailablePolicy.INHERIT;

	/**
	 * What happens to a tick when the server that runs it dies in the middle.
	 * {@link CrashPolicy#RERUN} is refused at start-up for a method with a fixed rate or
	 * delay, which has no tick that another server could run again.
	 * @return the policy
	 */
	CrashPolicy onCrash() default CrashPolicy.SKIP;

	/**
	 * How often one tick is run at most with {@link CrashPolicy#RERUN}, the first run
	 * included. At least two.
	 * @return the number of runs
	 */
	int maxAttempts() default 3;

	/**
	 * What happens to a tick that came when no server was up, or when none could ask
	 * Redis. {@link MissedPolicy#RUN_ONCE} is refused at start-up for a method without a
	 * cron expression, for one with a fixed rate or delay, which is simply due when a
	 * server is up, and for one that returns a publisher.
	 * @return the policy
	 */
	MissedPolicy onMissed() default MissedPolicy.SKIP;

	/**
	 * How long after its time a missed tick may be begun with
	 * {@link MissedPolicy#RUN_ONCE}. Later it is left out.
	 * @return the deadline, as a duration
	 */
	String missedWithin() default "1h";

	/**
	 * What happens in the hour that the wall clock shows twice, once a year, for a cron
	 * expression that names hours. A time in the hour that is missing half a year later
	 * is not fired by Spring on that day.
	 * @return the policy
	 */
	RepeatedHourPolicy repeatedHour() default RepeatedHourPolicy.ONCE;

}
