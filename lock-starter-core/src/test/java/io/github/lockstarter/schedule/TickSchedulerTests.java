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
package io.github.lockstarter.schedule;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiConsumer;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.scheduling.SchedulingAwareRunnable;
import org.springframework.scheduling.TaskScheduler;
import org.springframework.scheduling.Trigger;
import org.springframework.scheduling.concurrent.SimpleAsyncTaskScheduler;
import org.springframework.scheduling.concurrent.ThreadPoolTaskScheduler;
import org.springframework.scheduling.support.PeriodicTrigger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatObject;
import static org.awaitility.Awaitility.await;

/**
 * The scheduler tells each task its tick, whatever scheduler does the work.
 */
class TickSchedulerTests {

	private static final Duration INTERVAL = Duration.ofMillis(40);

	private static final Duration LONG = Duration.ofHours(1);

	private final List<AutoCloseable> schedulers = new ArrayList<>();

	@AfterEach
	void close() throws Exception {
		for (AutoCloseable scheduler : this.schedulers) {
			scheduler.close();
		}
	}

	@ParameterizedTest
	@MethodSource("schedulers")
	void eachFireSeesTheTimeThatTheTriggerNamed(Scheduler scheduler) {
		List<Instant> times = times(5);
		BlockingQueue<Instant> seen = new LinkedBlockingQueue<>();
		open(scheduler).schedule(() -> seen.add(takeNominal()), naming(times));
		await().until(() -> seen.size() == times.size());
		assertThat(seen).containsExactlyElementsOf(times);
	}

	/**
	 * All fires run at once: the trigger has named the last time when the first fire
	 * ends.
	 */
	@Test
	void overlappingFiresSeeEachTimeOnce() {
		List<Instant> times = times(5);
		CountDownLatch allStarted = new CountDownLatch(times.size());
		List<Instant> seen = Collections.synchronizedList(new ArrayList<>());
		open(Scheduler.THREAD_PER_TASK).schedule(() -> {
			allStarted.countDown();
			awaitQuietly(allStarted);
			seen.add(takeNominal());
		}, naming(times));
		await().until(() -> seen.size() == times.size());
		assertThat(seen).doesNotContainNull().containsExactlyInAnyOrderElementsOf(times);
	}

	/**
	 * The fires are spaced by more than a busy machine needs to start a thread, the job
	 * is slower than their interval: the threads come in the order of the times.
	 */
	@Test
	void overlappingFiresSeeTheTimesInOrder() {
		List<Instant> times = times(4, Duration.ofMillis(800));
		CountDownLatch allStarted = new CountDownLatch(times.size());
		List<Instant> seen = Collections.synchronizedList(new ArrayList<>());
		AtomicInteger together = new AtomicInteger();
		open(Scheduler.THREAD_PER_TASK).schedule(() -> {
			seen.add(takeNominal());
			together.incrementAndGet();
			allStarted.countDown();
			awaitQuietly(allStarted);
		}, naming(times));
		awaitQuietly(allStarted);
		assertThat(together).as("fires that ran at the same time").hasValue(times.size());
		assertThat(seen).containsExactlyElementsOf(times);
	}

	@Test
	void aFireThatABusyPoolDelaysKeepsItsTime() {
		ThreadPoolTaskScheduler pool = pool(1, Clock.systemUTC());
		CountDownLatch busy = new CountDownLatch(1);
		pool.execute(() -> awaitQuietly(busy));
		Instant time = Instant.now().plusMillis(20);
		BlockingQueue<Instant> seen = new LinkedBlockingQueue<>();
		new TickScheduler(pool, TickScheduling.unchecked()).schedule(() -> seen.add(takeNominal()),
				naming(List.of(time)));
		await().until(() -> Instant.now().isAfter(time.plusMillis(100)));
		busy.countDown();
		await().until(() -> !seen.isEmpty());
		assertThat(seen).containsExactly(time);
	}

	/**
	 * Spring fires by the delay it computed, not by the clock: a clock that is set back
	 * meanwhile is not asked again.
	 */
	@Test
	void aFireThatIsEarlyByTheClockKeepsItsTime() {
		SettableClock clock = new SettableClock();
		Instant time = clock.instant().plusMillis(100);
		BlockingQueue<Instant> seen = new LinkedBlockingQueue<>();
		new TickScheduler(pool(1, clock), TickScheduling.unchecked()).schedule(() -> seen.add(takeNominal()),
				naming(List.of(time)));
		clock.offset = Duration.ofSeconds(-30);
		await().until(() -> !seen.isEmpty());
		assertThat(clock.instant()).isBefore(time);
		assertThat(seen).containsExactly(time);
	}

	@ParameterizedTest
	@MethodSource("intervals")
	void anIntervalIsTheTickOfItsFires(Scheduler scheduler, BiConsumer<TaskScheduler, Runnable> registration,
			Tick expected) {
		BlockingQueue<Tick> seen = new LinkedBlockingQueue<>();
		registration.accept(open(scheduler), () -> seen.add(take().tick()));
		await().until(() -> seen.size() >= 2);
		assertThat(seen).containsOnly(expected);
	}

	static Stream<Object[]> intervals() {
		Instant start = Instant.now();
		PeriodicTrigger rate = new PeriodicTrigger(INTERVAL);
		rate.setFixedRate(true);
		PeriodicTrigger delay = new PeriodicTrigger(INTERVAL);
		return Stream.of(Scheduler.values())
			.flatMap((scheduler) -> Stream.of(
					interval(scheduler, "fixed rate", (it, task) -> it.scheduleAtFixedRate(task, INTERVAL), true),
					interval(scheduler, "fixed rate from a time on",
							(it, task) -> it.scheduleAtFixedRate(task, start, INTERVAL), true),
					interval(scheduler, "fixed delay", (it, task) -> it.scheduleWithFixedDelay(task, INTERVAL), false),
					interval(scheduler, "fixed delay from a time on",
							(it, task) -> it.scheduleWithFixedDelay(task, start, INTERVAL), false),
					interval(scheduler, "periodic trigger with a rate", (it, task) -> it.schedule(task, rate), true),
					interval(scheduler, "periodic trigger with a delay", (it, task) -> it.schedule(task, delay),
							false)));
	}

	private static Object[] interval(Scheduler scheduler, String name, BiConsumer<TaskScheduler, Runnable> registration,
			boolean rate) {
		return new Object[] { scheduler, Named.of(name, registration),
				rate ? new Tick.Rate(INTERVAL) : new Tick.Delay(INTERVAL) };
	}

	@ParameterizedTest
	@MethodSource("schedulers")
	void aTaskThatRunsOnceSeesItsStartTime(Scheduler scheduler) {
		Instant start = Instant.now().plusMillis(20);
		BlockingQueue<Instant> seen = new LinkedBlockingQueue<>();
		open(scheduler).schedule(() -> seen.add(takeNominal()), start);
		await().until(() -> !seen.isEmpty());
		assertThat(seen).containsExactly(start);
	}

	@ParameterizedTest
	@MethodSource("schedulers")
	void theSameTickIsFiredOnceMoreOnTheScheduler(Scheduler scheduler) {
		List<Instant> times = times(1);
		BlockingQueue<Instant> seen = new LinkedBlockingQueue<>();
		BlockingQueue<Boolean> taken = new LinkedBlockingQueue<>();
		List<Thread> threads = Collections.synchronizedList(new ArrayList<>());
		open(scheduler).schedule(() -> {
			threads.add(Thread.currentThread());
			Fire fire = take();
			seen.add(nominal(fire));
			if (seen.size() == 1) {
				taken.add(fire.askAgainIn(INTERVAL));
				taken.add(fire.askAgainIn(INTERVAL.multipliedBy(2)));
			}
		}, naming(times));
		await().until(() -> seen.size() == 2 && taken.size() == 2);
		assertThat(seen).containsExactly(times.get(0), times.get(0));
		assertThat(taken).containsExactly(true, true);
		assertThat(threads).doesNotContain(Thread.currentThread());
		await().during(INTERVAL.multipliedBy(3)).until(() -> seen.size() == 2);
	}

	/**
	 * A loser that waits for the end of a lease learns that the job is due before.
	 */
	@Test
	void aNearerRepetitionDoesNotWaitForALaterOne() {
		BlockingQueue<Instant> seen = new LinkedBlockingQueue<>();
		open(Scheduler.POOL).schedule(() -> {
			Fire fire = take();
			seen.add(nominal(fire));
			if (seen.size() == 1) {
				fire.askAgainIn(Duration.ofMinutes(1));
				fire.askAgainIn(Duration.ZERO);
			}
		}, naming(times(1)));
		await().until(() -> seen.size() == 2);
	}

	@Test
	void aTickThatWasFiredAgainCanBeFiredAgain() {
		List<Instant> times = times(1);
		BlockingQueue<Integer> repetitions = new LinkedBlockingQueue<>();
		BlockingQueue<Instant> seen = new LinkedBlockingQueue<>();
		open(Scheduler.POOL).schedule(() -> {
			Fire fire = take();
			repetitions.add(fire.repetition());
			seen.add(nominal(fire));
			if (seen.size() < 4) {
				fire.askAgainIn(Duration.ofMillis(1));
			}
		}, naming(times));
		await().until(() -> seen.size() == 4);
		assertThat(seen).containsOnly(times.get(0));
		assertThat(repetitions).containsExactly(0, 1, 2, 3);
	}

	/**
	 * All fires of an interval ask for the same thing, so one repetition is enough for
	 * them together.
	 */
	@Test
	void firesOfAnIntervalShareOneRepetition() {
		ManualScheduler scheduler = new ManualScheduler();
		List<Tick> seen = new ArrayList<>();
		new TickScheduler(scheduler, TickScheduling.unchecked()).scheduleAtFixedRate(() -> {
			Fire fire = take();
			seen.add(fire.tick());
			fire.askAgainIn(LONG);
		}, LONG);
		ManualScheduler.ManualTask rate = scheduler.tasks().get(0);
		rate.fire();
		rate.fire();
		rate.fire();
		assertThat(scheduler.tasks()).hasSize(2);
		scheduler.tasks().get(1).fire();
		assertThat(scheduler.tasks()).as("the repetition asked again").hasSize(3);
		assertThat(seen).hasSize(4).containsOnly(new Tick.Rate(LONG));
	}

	/**
	 * Each nominal tick asks for itself.
	 */
	@Test
	void nominalTicksHaveARepetitionEach() {
		ManualScheduler scheduler = new ManualScheduler();
		List<Instant> times = times(2);
		List<Instant> seen = new ArrayList<>();
		new TickScheduler(scheduler, TickScheduling.unchecked()).schedule(() -> {
			Fire fire = take();
			seen.add(nominal(fire));
			if (seen.size() <= 2) {
				fire.askAgainIn(LONG);
			}
		}, naming(times));
		ManualScheduler.ManualTask task = scheduler.tasks().get(0);
		task.fire();
		task.fire();
		scheduler.tasks().get(1).fire();
		scheduler.tasks().get(2).fire();
		assertThat(seen).containsExactly(times.get(0), times.get(1), times.get(0), times.get(1));
	}

	/**
	 * On a wrong clock the task would be fired at once, or twenty seconds late.
	 */
	@ParameterizedTest
	@ValueSource(longs = { 20, -20 })
	void theDelayIsMeasuredOnTheClockOfTheScheduler(long offset) {
		Clock clock = Clock.offset(Clock.systemUTC(), Duration.ofSeconds(offset));
		Duration delay = Duration.ofMillis(200);
		List<Long> firedAt = Collections.synchronizedList(new ArrayList<>());
		new TickScheduler(pool(1, clock), TickScheduling.unchecked()).schedule(() -> {
			Fire fire = take();
			firedAt.add(System.nanoTime());
			if (firedAt.size() == 1) {
				fire.askAgainIn(delay);
			}
		}, naming(List.of(clock.instant())));
		await().until(() -> firedAt.size() == 2);
		assertThat(Duration.ofNanos(firedAt.get(1) - firedAt.get(0))).isGreaterThan(delay.minusMillis(20));
	}

	@ParameterizedTest
	@MethodSource("schedulers")
	void aSchedulerThatIsShutDownTakesNoMore(Scheduler kind) throws Exception {
		BlockingQueue<Fire> fires = new LinkedBlockingQueue<>();
		open(kind).schedule(() -> fires.add(take()), naming(times(1)));
		Fire fire = fires.poll(30, TimeUnit.SECONDS);
		close();
		assertThat(fire).isNotNull();
		assertThat(fire.askAgainIn(Duration.ZERO)).isFalse();
		assertThat(fire.askAgainIn(Duration.ZERO)).as("asked a second time").isFalse();
	}

	/**
	 * It waits for tasks that run. One that is an hour away is none.
	 */
	@Test
	void aSchedulerThatShutsDownDoesNotWaitForWhatIsFiredAgain() throws Exception {
		ThreadPoolTaskScheduler pool = pool(1, Clock.systemUTC());
		pool.setWaitForTasksToCompleteOnShutdown(true);
		pool.setAwaitTerminationSeconds(30);
		TickScheduler scheduler = new TickScheduler(pool, TickScheduling.unchecked());
		BlockingQueue<Boolean> taken = new LinkedBlockingQueue<>();
		AtomicReference<Fire> fire = new AtomicReference<>();
		scheduler.scheduleAtFixedRate(() -> {
			fire.set(Fire.take());
			taken.add(fire.get().askAgainIn(Duration.ofHours(1)));
		}, Duration.ofHours(2));
		assertThat(taken.take()).isTrue();
		scheduler.cancelRepetitions();
		assertThat(fire.get().askAgainIn(Duration.ZERO)).as("and takes no more").isFalse();
		ExecutorService executor = pool.getScheduledExecutor();
		pool.shutdown();
		assertThat(executor.isTerminated()).isTrue();
	}

	@Test
	void theTaskKeepsItsNameItsQualifierAndItsHint() {
		ManualScheduler scheduler = new ManualScheduler();
		new TickScheduler(scheduler, TickScheduling.unchecked()).schedule(new AwareTask("batch", true),
				naming(times(1)));
		new TickScheduler(scheduler, TickScheduling.unchecked()).scheduleAtFixedRate(new AwareTask(null, false),
				INTERVAL);
		new TickScheduler(scheduler, TickScheduling.unchecked()).schedule(() -> {
		}, Instant.now());
		assertThat(scheduler.tasks().get(0).runnable()).hasToString("AwareTask")
			.isInstanceOfSatisfying(SchedulingAwareRunnable.class, (task) -> {
				assertThat(task.getQualifier()).isEqualTo("batch");
				assertThat(task.isLongLived()).isTrue();
			});
		assertThat(scheduler.tasks().get(1).runnable()).isInstanceOfSatisfying(SchedulingAwareRunnable.class,
				(task) -> {
					assertThat(task.getQualifier()).isNull();
					assertThat(task.isLongLived()).isFalse();
				});
		assertThat(scheduler.tasks().get(2).runnable()).isInstanceOfSatisfying(SchedulingAwareRunnable.class,
				(task) -> assertThat(task.getQualifier()).isNull());
	}

	/**
	 * Or it would be repeated on another scheduler than its own.
	 */
	@Test
	void theRepetitionKeepsTheQualifierToo() {
		ManualScheduler scheduler = new ManualScheduler();
		new TickScheduler(scheduler, TickScheduling.unchecked()).schedule(new AwareTask("batch", true),
				naming(times(1)));
		scheduler.tasks().get(0).fire();
		assertThat(scheduler.tasks().get(1).runnable()).hasToString("AwareTask")
			.isInstanceOfSatisfying(SchedulingAwareRunnable.class,
					(task) -> assertThat(task.getQualifier()).isEqualTo("batch"));
	}

	@Test
	void theClockIsThatOfTheScheduler() {
		Clock clock = Clock.fixed(Instant.EPOCH, Clock.systemUTC().getZone());
		assertThat(new TickScheduler(pool(1, clock), TickScheduling.unchecked()).getClock()).isSameAs(clock);
	}

	@Test
	void aTriggerThatNamesNoTimeIsNotScheduled() {
		assertThatObject(open(Scheduler.POOL).schedule(() -> {
		}, (Trigger) (context) -> null)).isNull();
	}

	static Stream<Scheduler> schedulers() {
		return Stream.of(Scheduler.values());
	}

	private TickScheduler open(Scheduler kind) {
		if (kind == Scheduler.POOL) {
			return new TickScheduler(pool(2, Clock.systemUTC()), TickScheduling.unchecked());
		}
		SimpleAsyncTaskScheduler scheduler = new SimpleAsyncTaskScheduler();
		if (Runtime.version().feature() >= 21) {
			scheduler.setVirtualThreads(true);
		}
		this.schedulers.add(scheduler);
		return new TickScheduler(scheduler, TickScheduling.unchecked());
	}

	private ThreadPoolTaskScheduler pool(int size, Clock clock) {
		ThreadPoolTaskScheduler scheduler = new ThreadPoolTaskScheduler();
		scheduler.setPoolSize(size);
		scheduler.setClock(clock);
		scheduler.initialize();
		this.schedulers.add(scheduler::shutdown);
		return scheduler;
	}

	/**
	 * Times that no rounding of a clock would find.
	 */
	private static List<Instant> times(int count) {
		return times(count, INTERVAL);
	}

	private static List<Instant> times(int count, Duration interval) {
		Instant first = Instant.now().plusMillis(30).plusNanos(123_457);
		return Stream.iterate(first, (time) -> time.plus(interval)).limit(count).toList();
	}

	private static Trigger naming(List<Instant> times) {
		Iterator<Instant> answers = times.iterator();
		return (context) -> answers.hasNext() ? answers.next() : null;
	}

	private static Fire take() {
		Fire fire = Fire.take();
		assertThat(fire).as("the fire on the thread").isNotNull();
		return fire;
	}

	private static Instant takeNominal() {
		return nominal(take());
	}

	private static Instant nominal(Fire fire) {
		return ((Tick.Nominal) fire.tick()).at();
	}

	private static void awaitQuietly(CountDownLatch latch) {
		try {
			assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	/**
	 * Where tasks run.
	 */
	enum Scheduler {

		/** As a {@link ThreadPoolTaskScheduler} does it. */
		POOL,

		/** As a {@link SimpleAsyncTaskScheduler} does it, also on virtual threads. */
		THREAD_PER_TASK

	}

	/**
	 * Asks for one repetition.
	 */
	private record AwareTask(@Nullable String qualifier, boolean longLived) implements SchedulingAwareRunnable {

		@Override
		public void run() {
			take().askAgainIn(LONG);
		}

		@Override
		public boolean isLongLived() {
			return this.longLived;
		}

		@Override
		public @Nullable String getQualifier() {
			return this.qualifier;
		}

		@Override
		public String toString() {
			return "AwareTask";
		}

	}

	/**
	 * A clock that somebody sets.
	 */
	private static final class SettableClock extends Clock {

		private volatile Duration offset = Duration.ZERO;

		@Override
		public ZoneId getZone() {
			return ZoneOffset.UTC;
		}

		@Override
		public Clock withZone(ZoneId zone) {
			return this;
		}

		@Override
		public Instant instant() {
			return Instant.now().plus(this.offset);
		}

	}

}
