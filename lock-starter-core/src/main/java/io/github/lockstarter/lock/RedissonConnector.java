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
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;
import org.redisson.api.RedissonClient;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.github.lockstarter.internal.time.TimeSource;
import io.github.lockstarter.internal.time.Timer;

/**
 * Connects to Redis on a thread of its own. Redisson connects on the thread of whoever
 * comes first, for seconds, also in its asynchronous methods; that thread must not be one
 * of the scheduler.
 */
final class RedissonConnector implements AutoCloseable {

	private static final Logger logger = LoggerFactory.getLogger(RedissonConnector.class);

	private static final Duration RETRY = Duration.ofSeconds(1);

	/** For the end of the client, and for what is done before it is used. */
	private static final Duration PATIENCE = Duration.ofSeconds(10);

	private final Supplier<? extends RedissonClient> factory;

	private final boolean shutDown;

	private final TimeSource time;

	private final Timer thread;

	/** The client once Redis has answered; failed between two attempts. */
	private CompletableFuture<RedissonClient> connection = new CompletableFuture<>();

	private boolean begun;

	private boolean closed;

	/** Made, and not connected yet perhaps. */
	private @Nullable RedissonClient client;

	private @Nullable RedissonClient connected;

	private volatile Function<RedissonClient, CompletableFuture<?>> preparation = CompletableFuture::completedFuture;

	private volatile List<String> evictions = List.of();

	RedissonConnector(Supplier<? extends RedissonClient> factory, boolean shutDown, String server, TimeSource time) {
		this.factory = factory;
		this.shutDown = shutDown;
		this.time = time;
		this.thread = time.timer("redis-connect-" + server);
	}

	/**
	 * Do something with every client that has connected, before it is used. A client is
	 * of no use if that fails with a {@link LayoutMismatchException}; it is whatever else
	 * goes wrong.
	 */
	void prepare(Function<RedissonClient, CompletableFuture<?>> preparation) {
		this.preparation = preparation;
	}

	/**
	 * Return the connected client. The first call begins to connect; after an attempt
	 * that failed the next one begins a second later, however many ask. In between all
	 * are told at once why it failed.
	 */
	synchronized CompletableFuture<RedissonClient> connect() {
		if (this.closed) {
			return CompletableFuture.failedFuture(closed());
		}
		if (!this.begun) {
			this.begun = true;
			this.thread.schedule(this::attempt, Duration.ZERO);
		}
		// A copy: whoever gives up waiting must not cancel it for the others
		return this.connection.isDone() ? this.connection : this.connection.copy();
	}

	/**
	 * Return the client of a connection that was made before.
	 */
	synchronized RedissonClient client() {
		RedissonClient redisson = this.connected;
		if (this.closed || redisson == null) {
			throw new NotConnectedException("not connected", null);
		}
		return redisson;
	}

	/**
	 * Return whether the connection that was made before is one to a cluster.
	 */
	synchronized boolean isCluster() {
		return this.connected != null && this.connected.getConfig().isClusterConfig();
	}

	/**
	 * Return what is completed after a pause, or fails if this is closed before.
	 */
	CompletableFuture<Void> pause(Duration pause) {
		CompletableFuture<Void> over = new CompletableFuture<>();
		if (this.thread.schedule(() -> over.complete(null), pause) == null) {
			over.completeExceptionally(closed());
		}
		return over;
	}

	/**
	 * Return which servers may evict locks, as they said after the last attempt that
	 * connected.
	 */
	List<String> evictions() {
		return this.evictions;
	}

	private void attemptAgain() {
		synchronized (this) {
			if (this.closed) {
				return;
			}
			this.connection = new CompletableFuture<>();
		}
		attempt();
	}

	private void attempt() {
		try {
			// The first command connects. Like all others it goes to the master: what a
			// replica says of itself is of no use to a lock.
			LuaScript.check(make(), this.time);
			prepared(make());
		}
		catch (LuaScript.NoDigestsException ex) {
			withoutDigests(ex);
		}
		catch (Throwable ex) {
			failed(ex);
		}
	}

	private void prepared(RedissonClient client) throws InterruptedException {
		try {
			this.time.await(this.preparation.apply(client), PATIENCE);
		}
		catch (ExecutionException ex) {
			LayoutMismatchException mismatch = LayoutCheck.mismatch(ex);
			if (mismatch != null) {
				throw mismatch;
			}
		}
		catch (TimeoutException ex) {
			logger.debug("The connection is not prepared yet", ex);
		}
		tell(client, null);
	}

	private RedissonClient make() {
		RedissonClient redisson = this.client;
		if (redisson == null) {
			redisson = this.factory.get();
			this.client = redisson;
		}
		return redisson;
	}

	/**
	 * A client that is our own is made anew, to send the text of each script. What a
	 * client of the application sends is for the application to say.
	 */
	private void withoutDigests(LuaScript.NoDigestsException failure) {
		RedissonClient redisson = this.client;
		if (!this.shutDown || redisson == null) {
			failed(failure);
			return;
		}
		try {
			redisson.getConfig().setUseScriptCache(false);
			this.client = null;
			redisson.shutdown();
			LuaScript.check(make(), this.time);
			logger.info("Redis runs no script by its digest, because EVALSHA or SCRIPT was renamed or taken away. "
					+ "The text of each script is sent instead.");
			prepared(make());
		}
		catch (Throwable ex) {
			failed(ex);
		}
	}

	private void failed(Throwable failure) {
		try {
			tell(null, failure);
			discard();
		}
		finally {
			retry();
		}
	}

	/**
	 * One that is planned and not waited for is dropped when this is closed.
	 */
	private synchronized void retry() {
		if (!this.closed) {
			this.thread.schedule(this::attemptAgain, RETRY);
		}
	}

	/**
	 * A client for several servers keeps the first master that it heard of, also if that
	 * one is dead by now; only a new client asks again. A client for a single server
	 * connects anew by itself, unless it has given up and shut itself down.
	 */
	private void discard() {
		RedissonClient redisson = this.client;
		if (this.shutDown && redisson != null && (!redisson.getConfig().isSingleConfig() || redisson.isShutdown())) {
			this.client = null;
			redisson.shutdown();
		}
	}

	private void tell(@Nullable RedissonClient connected, @Nullable Throwable failure) {
		CompletableFuture<RedissonClient> attempt;
		synchronized (this) {
			attempt = this.connection;
			this.connected = connected;
		}
		if (connected != null) {
			attempt.complete(connected);
			lookForEvictions(connected);
		}
		else if (failure != null) {
			logger.debug("Redis cannot be reached yet", failure);
			attempt.completeExceptionally((failure instanceof LayoutMismatchException) ? failure
					: new NotConnectedException(ConnectFailure.text(failure, this.client), failure));
		}
	}

	/**
	 * The connection is handed out already, and stays good whatever goes wrong here.
	 */
	private void lookForEvictions(RedissonClient connected) {
		try {
			this.evictions = EvictionCheck.run(connected);
		}
		catch (Throwable ex) {
			logger.debug("Redis cannot be asked for its maxmemory-policy", ex);
		}
	}

	@Override
	public void close() {
		CompletableFuture<RedissonClient> attempt;
		synchronized (this) {
			if (this.closed) {
				return;
			}
			this.closed = true;
			attempt = this.connection;
		}
		attempt.completeExceptionally(closed());
		if (!this.shutDown) {
			this.thread.close();
			return;
		}
		CompletableFuture<Void> end = new CompletableFuture<>();
		// On the same thread as the attempts, so that a client that is just being created
		// is shut down too
		this.thread.schedule(() -> shutDown(end), Duration.ZERO);
		try {
			this.time.await(end, PATIENCE);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
		catch (ExecutionException ex) {
			logger.warn("The Redis client could not be shut down; its threads may be left behind.", ex);
		}
		catch (TimeoutException ex) {
			logger.warn("The Redis client has not shut down within {} s; its threads are left behind.",
					PATIENCE.toSeconds());
		}
	}

	private void shutDown(CompletableFuture<Void> end) {
		try {
			RedissonClient redisson = this.client;
			if (redisson != null) {
				redisson.shutdown();
			}
			end.complete(null);
		}
		catch (Throwable ex) {
			end.completeExceptionally(ex);
		}
		finally {
			this.thread.close();
		}
	}

	private static NotConnectedException closed() {
		return new NotConnectedException("the connection is closed", null);
	}

	/**
	 * There is no connection yet, for whatever reason: this concerns all jobs.
	 */
	static final class NotConnectedException extends RuntimeException {

		private static final long serialVersionUID = 1L;

		/**
		 * Create the exception.
		 * @param message what was tried and why it failed, for a human
		 * @param failure the same, for those who look into logs at DEBUG
		 */
		NotConnectedException(String message, @Nullable Throwable failure) {
			super(message);
			if (failure != null) {
				addSuppressed(failure);
			}
		}

	}

}
