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
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;

import io.micrometer.observation.Observation;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;

import io.github.lockstarter.JobRun;
import io.github.lockstarter.SkipReason;
import io.github.lockstarter.lock.Claim;
import io.github.lockstarter.schedule.Fire;

/**
 * One subscription to a job: claim, subscribe to what does the work, and finish when that
 * completes, fails, is cancelled, or has to be stopped. Whichever of these comes first
 * ends the run, and the subscriber is told after the lock is released.
 */
final class LockedSubscription implements CoreSubscriber<Object>, Subscription {

	/** What a skipped tick gives a subscriber that needs a value and looks at none. */
	private static final Object NOTHING = new Object();

	private static final Claim.Refused CANCELLED = new Claim.Refused(SkipReason.CLOSING, null, null, null,
			"its subscriber cancelled while the lock was asked for");

	private enum State {

		ASKING, RUNNING, OVER

	}

	private final Job job;

	private final Publisher<?> source;

	private final JobRunner runner;

	/** A loss is told by another thread than the one that publishes. */
	private final CoreSubscriber<Object> actual;

	private final AtomicReference<State> state = new AtomicReference<>(State.ASKING);

	private final boolean coroutine;

	/**
	 * What has to be over before the lock is released: the publisher, and the calls that
	 * subscribe to it or ask it for values, which may do the work on their own thread.
	 */
	private final AtomicInteger open = new AtomicInteger(2);

	/** What does the work, once it is subscribed to. */
	private @Nullable Subscription upstream;

	/** What was asked for before. */
	private long demand;

	/** What is asked for, once it is. */
	private volatile @Nullable CompletableFuture<Claim> claim;

	private volatile @Nullable ActiveRun run;

	private volatile Context context;

	private volatile @Nullable Throwable failure;

	private volatile boolean cancelled;

	/**
	 * Create a subscription.
	 * @param coroutine whether what does the work is a coroutine. Started on a thread
	 * that runs one already, it would begin after the call that starts it.
	 */
	LockedSubscription(Job job, Publisher<?> source, JobRunner runner, boolean coroutine,
			CoreSubscriber<? super Object> actual) {
		this.job = job;
		this.source = source;
		this.runner = runner;
		this.coroutine = coroutine;
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
	 * Claim the tick and begin, or complete without a value. Waits for nothing.
	 * @param placeholder whether a skipped tick needs a value
	 */
	void beginElsewhere(@Nullable Fire fire, boolean placeholder) {
		try {
			this.runner.elsewhere(() -> begin(fire, placeholder));
		}
		catch (Throwable ex) {
			// There are no locks, because they are set up in a wrong way
			this.actual.onError(ex);
		}
	}

	/**
	 * Listeners may block here, and so may the check of the scheduled tasks.
	 */
	private void begin(@Nullable Fire fire, boolean placeholder) {
		if (this.state.get() == State.ASKING) {
			begin(() -> this.runner.begin(this.job, fire), placeholder);
		}
	}

	private void begin(Supplier<Beginning> attempt, boolean placeholder) {
		Beginning beginning;
		try {
			beginning = attempt.get();
			if (beginning instanceof Beginning.Admitted admitted) {
				ask(admitted, placeholder);
				return;
			}
		}
		catch (Throwable ex) {
			this.actual.onError(ex);
			return;
		}
		if (beginning instanceof Beginning.Granted granted) {
			begin(granted.run());
			return;
		}
		if (this.state.get() == State.OVER) {
			return;
		}
		if (placeholder) {
			this.actual.onNext(NOTHING);
		}
		this.actual.onComplete();
	}

	private void ask(Beginning.Admitted admitted, boolean placeholder) {
		CompletableFuture<Claim> claim = this.runner.ask(admitted);
		this.claim = claim;
		if (this.state.get() != State.ASKING) {
			claim.cancel(false);
		}
		// Only a claim that is cancelled fails
		claim.whenComplete((answer, ex) -> this.runner.elsewhere(
				() -> begin(() -> this.runner.decide(admitted, (ex == null) ? answer : CANCELLED), placeholder)));
	}

	private void begin(ActiveRun run) {
		this.run = run;
		this.context = this.context.put(JobRun.class, run);
		if (!this.state.compareAndSet(State.ASKING, State.RUNNING)) {
			this.runner.giveBack(run, CANCELLED);
			return;
		}
		try {
			this.runner.start(run, this.context.getOrDefault(RunObservations.REACTOR_KEY, null));
			Observation observation = run.observed().observation();
			if (observation != null) {
				this.context = this.context.put(RunObservations.REACTOR_KEY, observation);
			}
			run.enter(() -> this.runner.elsewhere(() -> stop(run)));
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
			closed(run);
		}
	}

	@Override
	public Context currentContext() {
		return this.context;
	}

	@Override
	public void onSubscribe(Subscription subscription) {
		long demand = 0;
		boolean first;
		synchronized (this) {
			first = this.upstream == null;
			if (first) {
				this.upstream = subscription;
				demand = this.demand;
			}
		}
		if (!first || this.state.get() != State.RUNNING) {
			subscription.cancel();
		}
		else if (demand > 0) {
			request(demand);
		}
	}

	@Override
	public void onNext(Object value) {
		if (this.state.get() != State.RUNNING) {
			Operators.onNextDropped(value, this.context);
			return;
		}
		try {
			this.actual.onNext(value);
		}
		catch (Throwable ex) {
			// An error of the JVM: Reactor cancels nothing for it, so the publisher might
			// never end
			ActiveRun run = over();
			if (run != null) {
				end(run, ex);
			}
			throw ex;
		}
	}

	@Override
	public void onComplete() {
		ActiveRun run = over();
		if (run != null) {
			closed(run);
		}
	}

	@Override
	public void onError(Throwable ex) {
		ActiveRun run = over();
		if (run != null) {
			this.failure = ex;
			closed(run);
		}
		else {
			Operators.onErrorDropped(ex, this.context);
		}
	}

	@Override
	public void request(long n) {
		if (!Operators.validate(n)) {
			return;
		}
		Subscription upstream;
		synchronized (this) {
			upstream = this.upstream;
			if (upstream == null) {
				this.demand = Operators.addCap(this.demand, n);
				return;
			}
		}
		ActiveRun run = this.run;
		if (run == null || this.open.getAndUpdate((open) -> (open > 0) ? open + 1 : 0) == 0) {
			return;
		}
		if (this.coroutine) {
			this.runner.elsewhere(() -> request(run, upstream, n));
		}
		else {
			request(run, upstream, n);
		}
	}

	private void request(ActiveRun run, Subscription upstream, long n) {
		Fire fire = Fire.take();
		try {
			run.bound(() -> {
				upstream.request(n);
				return null;
			});
		}
		catch (Throwable ex) {
			onError(ex);
		}
		finally {
			if (fire != null) {
				fire.putBack();
			}
			closed(run);
		}
	}

	/**
	 * The subscriber does not want to know any more, as when its server shuts down. What
	 * is left undone is not done, so this is no success.
	 */
	@Override
	public void cancel() {
		if (this.state.compareAndSet(State.ASKING, State.OVER)) {
			CompletableFuture<Claim> claim = this.claim;
			if (claim != null) {
				claim.cancel(false);
			}
			return;
		}
		ActiveRun run = over();
		if (run != null) {
			this.cancelled = true;
			end(run, new CancellationException("The subscriber of job '%s' cancelled.".formatted(this.job.name())));
		}
	}

	/**
	 * The lock is lost, or the time for the run is over.
	 */
	private void stop(ActiveRun run) {
		if (over() != null) {
			end(run, run.lockLost());
		}
	}

	private void end(ActiveRun run, Throwable failure) {
		this.failure = failure;
		Subscription upstream;
		synchronized (this) {
			upstream = this.upstream;
		}
		try {
			if (upstream != null) {
				upstream.cancel();
			}
		}
		finally {
			closed(run);
		}
	}

	/**
	 * What comes first ends the run.
	 * @return the run, or {@code null} if it has not begun or something else came first
	 */
	private @Nullable ActiveRun over() {
		return this.state.compareAndSet(State.RUNNING, State.OVER) ? this.run : null;
	}

	private void closed(ActiveRun run) {
		if (this.open.decrementAndGet() == 0) {
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
