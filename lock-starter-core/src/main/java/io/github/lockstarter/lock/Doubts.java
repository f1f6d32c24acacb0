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
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What this server may hold without knowing: locks and starts whose reply is lost, and
 * those that it does not want. They are given back, however long that takes: the lock
 * expires with its lease, but the tick would stay started. Until then the server would
 * meet its own ghost.
 */
final class Doubts {

	private static final Logger logger = LoggerFactory.getLogger(Doubts.class);

	private static final Duration AS_LONG_AS_IT_TAKES = Duration.ofDays(365);

	private final LockStore store;

	private final LeaseKeeper keeper;

	private final Map<String, Queue<Doubt>> byJob = new ConcurrentHashMap<>();

	Doubts(LockStore store, LeaseKeeper keeper) {
		this.store = store;
		this.keeper = keeper;
	}

	/**
	 * Give back whatever the owner may hold. Waits for nothing.
	 * @return completed when that is done, or nobody tries any more
	 */
	CompletableFuture<?> giveBack(LockRequest request, long owner) {
		Doubt doubt = new Doubt(request, owner);
		this.byJob.compute(request.job(), (job, doubts) -> {
			Queue<Doubt> all = (doubts != null) ? doubts : new ConcurrentLinkedQueue<>();
			all.add(doubt);
			return all;
		});
		AtomicBoolean reported = new AtomicBoolean();
		return this.keeper.keepTryingElsewhere(() -> abandon(doubt).whenComplete((done, ex) -> {
			if (ex != null && !reported.get()) {
				reported.set(NoReplyException.reportInternal(logger,
						"What this server may have got of " + request.job() + " is not given back yet", ex));
			}
		}), AS_LONG_AS_IT_TAKES, () -> isOpen(doubt)).whenComplete((done, ex) -> settled(doubt));
	}

	/**
	 * Return whether this server may hold something of this job.
	 */
	boolean concern(LockRequest request) {
		return this.byJob.containsKey(request.job());
	}

	/**
	 * Give back now what this server may hold of this job, the oldest first.
	 * @return completed when that is done; failed if Redis did not take it
	 */
	CompletableFuture<?> settle(LockRequest request) {
		CompletableFuture<?> settled = CompletableFuture.completedFuture(null);
		for (Doubt doubt : this.byJob.getOrDefault(request.job(), new ConcurrentLinkedQueue<>())) {
			settled = settled.thenCompose((done) -> abandon(doubt)).thenRun(() -> settled(doubt));
		}
		return settled;
	}

	/**
	 * Give back now whatever this server may hold, once: nobody tries again. Waits for
	 * nothing.
	 */
	void close() {
		this.byJob.values().forEach((doubts) -> doubts.forEach(this::abandon));
	}

	private CompletableFuture<Object> abandon(Doubt doubt) {
		return LeaseKeeper.send(() -> this.store.abandon(doubt.request, doubt.owner).<Object>thenApply((done) -> done));
	}

	private boolean isOpen(Doubt doubt) {
		Queue<Doubt> doubts = this.byJob.get(doubt.request.job());
		return doubts != null && doubts.contains(doubt);
	}

	private void settled(Doubt doubt) {
		this.byJob.computeIfPresent(doubt.request.job(), (job, doubts) -> {
			doubts.remove(doubt);
			return doubts.isEmpty() ? null : doubts;
		});
	}

	private record Doubt(LockRequest request, long owner) {

	}

}
