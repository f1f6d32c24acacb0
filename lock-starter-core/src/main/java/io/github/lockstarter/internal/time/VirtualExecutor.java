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

package io.github.lockstarter.internal.time;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.time.Duration;

import org.jspecify.annotations.Nullable;

/**
 * The pool of a scheduler on a {@link VirtualMachine}: a few threads, and a queue of what
 * is due while all of them have something to do.
 *
 * @since 0.1.0
 */
public final class VirtualExecutor extends AbstractExecutorService implements ScheduledExecutorService {

	private final VirtualMachine machine;

	private final int threads;

	private final Deque<Periodic> queue = new ArrayDeque<>();

	private final Set<Thread> busy = new LinkedHashSet<>();

	private final CompletableFuture<@Nullable Void> terminated = new CompletableFuture<>();

	private boolean shutDown;

	/**
	 * Create a pool.
	 * @param machine where it is
	 * @param threads how many it has
	 */
	public VirtualExecutor(VirtualMachine machine, int threads) {
		this.machine = machine;
		this.threads = threads;
	}

	@Override
	public void execute(Runnable command) {
		schedule(command, 0, TimeUnit.NANOSECONDS);
	}

	@Override
	public ScheduledFuture<?> schedule(Runnable command, long delay, TimeUnit unit) {
		return new Periodic(command, 0, false).begin(unit.toNanos(delay));
	}

	@Override
	public <V> ScheduledFuture<V> schedule(Callable<V> callable, long delay, TimeUnit unit) {
		throw new UnsupportedOperationException("Spring schedules no callables");
	}

	@Override
	public ScheduledFuture<?> scheduleAtFixedRate(Runnable command, long initialDelay, long period, TimeUnit unit) {
		return new Periodic(command, unit.toNanos(period), false).begin(unit.toNanos(initialDelay));
	}

	@Override
	public ScheduledFuture<?> scheduleWithFixedDelay(Runnable command, long initialDelay, long delay, TimeUnit unit) {
		return new Periodic(command, unit.toNanos(delay), true).begin(unit.toNanos(initialDelay));
	}

	/**
	 * What is planned is dropped, and what is being done goes on.
	 */
	@Override
	public void shutdown() {
		this.shutDown = true;
		this.queue.clear();
		terminateIfIdle();
	}

	@Override
	public List<Runnable> shutdownNow() {
		shutdown();
		List.copyOf(this.busy).forEach(this.machine::interrupt);
		return new ArrayList<>();
	}

	private void terminateIfIdle() {
		if (this.shutDown && this.busy.isEmpty()) {
			this.terminated.complete(null);
		}
	}

	@Override
	public boolean isShutdown() {
		return this.shutDown;
	}

	@Override
	public boolean isTerminated() {
		return this.terminated.isDone();
	}

	/**
	 * Return when the last of what is being done has ended.
	 * @return done then, after {@link #shutdown()}
	 */
	public Future<?> terminated() {
		return this.terminated;
	}

	@Override
	public boolean awaitTermination(long timeout, TimeUnit unit) throws InterruptedException {
		try {
			this.machine.await(this.terminated, Duration.ofNanos(unit.toNanos(timeout)));
		}
		catch (TimeoutException ex) {
			return false;
		}
		catch (ExecutionException ex) {
			throw new IllegalStateException(ex);
		}
		return true;
	}

	/**
	 * What is done once, or again and again until it fails.
	 */
	private final class Periodic extends VirtualTask {

		private final Runnable command;

		/** Nanoseconds; 0 for once. */
		private final long period;

		private final boolean afterEnd;

		private long due;

		Periodic(Runnable command, long period, boolean afterEnd) {
			super(VirtualExecutor.this.machine);
			this.command = command;
			this.period = period;
			this.afterEnd = afterEnd;
		}

		VirtualTask begin(long delay) {
			if (VirtualExecutor.this.shutDown) {
				throw new RejectedExecutionException("The scheduler is shut down");
			}
			this.due = later(VirtualExecutor.this.machine.nanoTime(), Math.max(0, delay));
			return plan(this::due, delay, true);
		}

		private void due() {
			VirtualExecutor pool = VirtualExecutor.this;
			if (pool.shutDown || isDone()) {
				return;
			}
			if (pool.busy.size() == pool.threads) {
				pool.queue.add(this);
				return;
			}
			pool.busy.add(Thread.currentThread());
			try {
				this.command.run();
				ended();
			}
			catch (VirtualMachine.Dead ex) {
				throw ex;
			}
			catch (Throwable ex) {
				completeExceptionally(ex);
			}
			finally {
				Thread.interrupted();
				pool.busy.remove(Thread.currentThread());
				next();
			}
		}

		private void next() {
			VirtualExecutor pool = VirtualExecutor.this;
			Periodic next = pool.queue.poll();
			if (next != null) {
				next.plan(next::due, 0, true);
			}
			pool.terminateIfIdle();
		}

		private void ended() {
			VirtualExecutor pool = VirtualExecutor.this;
			if (this.period == 0 || pool.shutDown || isDone()) {
				complete(null);
				return;
			}
			long now = pool.machine.nanoTime();
			this.due = later(this.afterEnd ? now : this.due, this.period);
			plan(this::due, this.due - now, true);
		}

		/**
		 * The end of time does not come before its beginning.
		 */
		private static long later(long nanos, long delay) {
			return (nanos <= Long.MAX_VALUE - delay) ? nanos + delay : Long.MAX_VALUE;
		}

	}

}
