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

import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;

import io.github.lockstarter.JobRun;
import io.github.lockstarter.SkipReason;
import io.github.lockstarter.schedule.Fire;

/**
 * One subscription to a job: claim, subscribe to what does the work, and finish when that
 * completes, fails, is cancelled, or has to be stopped. Whichever of these comes first
 * ends the run, and the subscriber is told after the lock is released.
 */
final class LockedSubscription implements CoreSubscriber<Object>, Subscription {

	/** What a skipped tick gives a subscriber that needs a value and looks at none. */
	private static final Object NOTHING = new Object();

	private enum State {

		ASKING, RUNNING, OVER

	}

	private final Job job;

	private final Publisher<?> source;

	private final JobRunner runner;

	/** A loss is told by another thread than the one that publishes. */
	private final CoreSubscriber<Object> actual;

	private final Operators.DeferredSubscription upstream = new Operators.DeferredSubscription();

	private final AtomicReference<State> state = new AtomicReference<>(State.ASKING);

	/**
	 * What has to be over before the lock is released: the publisher, and the call that
	 * subscribes to it, which may do work on its own thread.
	 */
	private final AtomicInteger open = new AtomicInteger(2);

	private volatile @Nullable ActiveRun run;

	private volatile Context context;

	private volatile @Nullable Throwable failure;

	private volatile boolean cancelled;

	LockedSubscription(Job job, Publisher<?> source, JobRunner runner, CoreSubscriber<? super Object> actual) {
		this.job = job;
		this.source = source;
		this.runner = runner;
		this.actual = Operators.serialize(actual);
		this.context = actual.currentContext();
	}

	/**
	 * Tell the subscriber that it has subscribed.
	 */
	void subscribed() {
		this.actual.onSubscribe(this);
	}

	/**
	 * Claim the tick and begin, or complete without a value. Waits for Redis.
	 * @param placeholder whether a skipped tick needs a value
	 */
	void begin(@Nullable Fire fire, boolean placeholder) {
		if (this.state.get() != State.ASKING) {
			return;
		}
		Beginning beginning;
		try {
			beginning = this.runner.begin(this.job, fire);
		}
		catch (Throwable ex) {
			this.actual.onError(ex);
			return;
		}
		if (beginning instanceof Beginning.Granted granted) {
			begin(granted.run());
			return;
		}
		if (placeholder) {
			this.actual.onNext(NOTHING);
		}
		this.actual.onComplete();
	}

	private void begin(ActiveRun run) {
		if (!this.state.compareAndSet(State.ASKING, State.RUNNING)) {
			this.runner.giveBack(run, SkipReason.CLOSING, "its subscriber cancelled while the lock was asked for");
			return;
		}
		this.run = run;
		this.context = this.context.put(JobRun.class, run);
		try {
			this.runner.start(run);
			run.enter(() -> BlockingThreads.run(() -> stop(run)));
			if (this.state.get() == State.RUNNING) {
				run.bound(() -> {
					this.source.subscribe(this);
					return null;
				});
			}
		}
		catch (Throwable ex) {
			onError(ex);
		}
		finally {
			closed();
		}
	}

	@Override
	public Context currentContext() {
		return this.context;
	}

	@Override
	public void onSubscribe(Subscription subscription) {
		this.upstream.set(subscription);
	}

	@Override
	public void onNext(Object value) {
		if (this.state.get() == State.RUNNING) {
			this.actual.onNext(value);
		}
		else {
			Operators.onNextDropped(value, this.context);
		}
	}

	@Override
	public void onComplete() {
		if (over()) {
			closed();
		}
	}

	@Override
	public void onError(Throwable ex) {
		if (over()) {
			this.failure = ex;
			closed();
		}
		else {
			Operators.onErrorDropped(ex, this.context);
		}
	}

	@Override
	public void request(long n) {
		this.upstream.request(n);
	}

	/**
	 * The subscriber does not want to know any more, as when its server shuts down. What
	 * is left undone is not done, so this is no success.
	 */
	@Override
	public void cancel() {
		if (this.state.compareAndSet(State.ASKING, State.OVER)) {
			return;
		}
		if (over()) {
			this.cancelled = true;
			cancelUpstream(
					new CancellationException("The subscriber of job '%s' cancelled.".formatted(this.job.name())));
		}
	}

	/**
	 * The lock is lost, or the time for the run is over.
	 */
	private void stop(ActiveRun run) {
		if (over()) {
			cancelUpstream(run.lockLost());
		}
	}

	private void cancelUpstream(Throwable failure) {
		this.failure = failure;
		try {
			this.upstream.cancel();
		}
		finally {
			closed();
		}
	}

	private boolean over() {
		return this.state.compareAndSet(State.RUNNING, State.OVER);
	}

	private void closed() {
		ActiveRun run = this.run;
		if (this.open.decrementAndGet() == 0 && run != null) {
			run.leave();
			this.runner.endElsewhere(run, this.failure, this::tell);
		}
	}

	private void tell() {
		if (this.cancelled) {
			return;
		}
		Throwable failure = this.failure;
		if (failure != null) {
			this.actual.onError(failure);
		}
		else {
			this.actual.onComplete();
		}
	}

}
