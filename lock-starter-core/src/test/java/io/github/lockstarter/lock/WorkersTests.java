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

package io.github.lockstarter.lock;

import java.time.Duration;
import java.time.Instant;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import io.github.lockstarter.internal.time.ServerThreads;
import io.github.lockstarter.internal.time.SmallSystem;
import io.github.lockstarter.internal.time.TimeSource;
import io.github.lockstarter.internal.time.Workers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * What has to be done is done, whatever the system has left.
 */
class WorkersTests {

	private final SmallSystem system = new SmallSystem();

	private final Workers workers = this.system.workers("small");

	private final Queue<String> done = new ConcurrentLinkedQueue<>();

	@AfterEach
	void close() {
		this.workers.close();
	}

	@Test
	void aStepThatHangsDelaysNoOther() {
		CountDownLatch release = new CountDownLatch(1);
		for (int i = 0; i < 20; i++) {
			this.workers.execute(() -> hang(release));
		}
		this.workers.execute(() -> this.done.add("last"));
		await().until(() -> this.done.contains("last"));
		release.countDown();
	}

	@Test
	void whereThereIsNoThreadASpareOneDoesTheSteps() {
		this.system.exhaust();
		this.workers.execute(() -> {
			throw new IllegalStateException("a step that fails");
		});
		this.workers.execute(() -> this.done.add("next"));
		await().until(() -> this.done.contains("next"));
	}

	@Test
	void aStepIsDoneAfterTheClose() {
		this.workers.close();
		this.workers.execute(() -> this.done.add("late"));
		await().until(() -> this.done.contains("late"));
	}

	/**
	 * A thread is there for the steps of others, too, who may be those of another user,
	 * or have other classes.
	 */
	@Test
	void aThreadTakesNothingOverFromWhoeverComesFirst() throws Exception {
		ClassLoader own = Thread.currentThread().getContextClassLoader();
		InheritableThreadLocal<String> user = new InheritableThreadLocal<>();
		try (Workers workers = TimeSource.system().workers("own")) {
			Thread first = new Thread(() -> {
				user.set("somebody");
				workers.execute(() -> this.done.add(user.get() + " with "
						+ (Thread.currentThread().getContextClassLoader() == own ? "own" : "other") + " classes"));
			});
			first.setContextClassLoader(new ClassLoader(null) {
			});
			first.start();
			first.join();
			await().until(() -> !this.done.isEmpty());
			assertThat(this.done).containsExactly("null with own classes");
		}
	}

	/**
	 * At the very moment of the loss.
	 */
	@Test
	void aLossIsToldAlsoWhereTheSystemGivesNoThread() {
		LeaseKeeper keeper = new LeaseKeeper(new ServerThreads(this.system, "small"));
		Instant redisTime = Instant.ofEpochSecond(1_785_632_400);
		Lease lost = new Lease("lost", Duration.ofMinutes(1),
				new Lease.Moment(System.nanoTime() - Duration.ofSeconds(30).toNanos(),
						Lease.Moment.wall(TimeSource.system())),
				redisTime,
				(giveUpAt) -> CompletableFuture.completedFuture(new Renewal(Renewal.Verdict.LOST, redisTime)), keeper);
		Lease late = new Lease("late", Duration.ofSeconds(1), Lease.Moment.now(TimeSource.system()), redisTime,
				(giveUpAt) -> CompletableFuture.failedFuture(new OutOfMemoryError("unable to create native thread")),
				keeper);
		this.system.exhaust();
		lost.keep((cause) -> this.done.add("lost"));
		late.keep((cause) -> this.done.add("late"), (cause) -> this.done.add("failed"));
		await().until(() -> this.done.contains("lost") && this.done.contains("late") && this.done.contains("failed"));
		assertThat(lost.isTrusted()).isFalse();
		assertThat(late.isTrusted()).isFalse();
		keeper.close();
	}

	/**
	 * No lease has begun before, so nothing but the keeper itself has asked for a thread.
	 */
	@Test
	void theFirstLeasesAreRenewedAndALossIsToldAlsoWhereTheSystemGivesNoThread() {
		AtomicInteger renewals = new AtomicInteger();
		Instant redisTime = Instant.ofEpochSecond(1_785_632_400);
		try (LeaseKeeper keeper = new LeaseKeeper(new ServerThreads(this.system, "small"))) {
			this.system.exhaust();
			Lease renewed = new Lease("renewed", Duration.ofMinutes(10),
					new Lease.Moment(System.nanoTime() - Duration.ofMinutes(5).toNanos(),
							Lease.Moment.wall(TimeSource.system())),
					redisTime, (giveUpAt) -> {
						renewals.incrementAndGet();
						return CompletableFuture.completedFuture(new Renewal(Renewal.Verdict.RENEWED, redisTime));
					}, keeper);
			Lease lost = new Lease("lost", Duration.ofSeconds(1), Lease.Moment.now(TimeSource.system()), redisTime,
					(giveUpAt) -> new CompletableFuture<>(), keeper);
			renewed.keep((cause) -> this.done.add("renewed"));
			lost.keep((cause) -> this.done.add("lost"));
			await().until(() -> renewals.get() == 1 && !this.done.isEmpty());
			assertThat(this.done).containsExactly("lost");
			assertThat(renewed.end()).isTrue();
		}
	}

	private static void hang(CountDownLatch latch) {
		try {
			latch.await();
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

}
