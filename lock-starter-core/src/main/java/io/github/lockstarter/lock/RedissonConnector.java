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
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

import javax.net.ssl.SSLException;

import org.jspecify.annotations.Nullable;
import org.redisson.api.RScript;
import org.redisson.api.RedissonClient;
import org.redisson.client.codec.StringCodec;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.core.NestedExceptionUtils;
import org.springframework.scheduling.concurrent.CustomizableThreadFactory;

/**
 * Connects to Redis on a thread of its own. Redisson connects on the thread of whoever
 * comes first, for seconds, also in its asynchronous methods; that thread must not be one
 * of the scheduler.
 */
final class RedissonConnector implements AutoCloseable {

	private static final Logger logger = LoggerFactory.getLogger(RedissonConnector.class);

	private static final Duration RETRY = Duration.ofSeconds(1);

	private final Supplier<? extends RedissonClient> factory;

	private final boolean shutDown;

	private final ScheduledThreadPoolExecutor thread;

	/** The client once Redis has answered; failed between two attempts. */
	private CompletableFuture<RedissonClient> connection = new CompletableFuture<>();

	private boolean connecting;

	/** One at a time, however many ask and begin an attempt in between. */
	private @Nullable Future<?> retry;

	private boolean closed;

	private @Nullable RedissonClient client;

	private volatile List<String> evictions = List.of();

	RedissonConnector(Supplier<? extends RedissonClient> factory, boolean shutDown, String server) {
		this.factory = factory;
		this.shutDown = shutDown;
		CustomizableThreadFactory threads = new CustomizableThreadFactory("redis-connect-" + server + "-");
		threads.setDaemon(true);
		this.thread = new ScheduledThreadPoolExecutor(1, threads);
		this.thread.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
	}

	/**
	 * Return the connected client. Begins to connect if no attempt is under way.
	 */
	synchronized CompletableFuture<RedissonClient> connect() {
		if (this.closed) {
			return CompletableFuture.failedFuture(new IllegalStateException("The connection to Redis is closed"));
		}
		if (!this.connecting && (!this.connection.isDone() || this.connection.isCompletedExceptionally())) {
			this.connecting = true;
			if (this.connection.isDone()) {
				this.connection = new CompletableFuture<>();
			}
			this.thread.execute(this::attempt);
		}
		// A copy: whoever gives up waiting must not cancel it for the others
		return this.connection.isDone() ? this.connection : this.connection.copy();
	}

	/**
	 * Return the client of a connection that was made before.
	 */
	synchronized RedissonClient client() {
		if (this.closed || !this.connection.isDone()) {
			throw new IllegalStateException("Not connected to Redis");
		}
		return this.connection.join();
	}

	/**
	 * Return which servers may evict locks, as they said after the last attempt that
	 * connected.
	 */
	List<String> evictions() {
		return this.evictions;
	}

	private void attempt() {
		try {
			RedissonClient redisson = this.client;
			if (redisson == null) {
				redisson = this.factory.get();
				this.client = redisson;
			}
			// The first command connects. Like all others it goes to the master: what a
			// replica says of itself is of no use to a lock.
			redisson.getScript(StringCodec.INSTANCE).eval(RScript.Mode.READ_WRITE, "return 1", RScript.ReturnType.LONG);
			attempted(redisson, null);
		}
		catch (Throwable ex) {
			attempted(null, ex);
			discard();
		}
	}

	/**
	 * A client for several servers keeps the first master that it heard of, also if that
	 * one is dead by now; only a new client asks again. A client for a single server
	 * connects anew by itself.
	 */
	private void discard() {
		RedissonClient redisson = this.client;
		if (this.shutDown && redisson != null && !redisson.getConfig().isSingleConfig()) {
			this.client = null;
			redisson.shutdown();
		}
	}

	/**
	 * The end of an attempt is told before the next can begin, so that nobody takes this
	 * one's failure for that of the next.
	 */
	private void attempted(@Nullable RedissonClient connected, @Nullable Throwable failure) {
		try {
			tell(connected, failure);
		}
		finally {
			synchronized (this) {
				this.connecting = false;
				if (failure != null && !this.closed && (this.retry == null || this.retry.isDone())) {
					this.retry = this.thread.schedule(this::connect, RETRY.toMillis(), TimeUnit.MILLISECONDS);
				}
			}
		}
	}

	private void tell(@Nullable RedissonClient connected, @Nullable Throwable failure) {
		CompletableFuture<RedissonClient> attempt;
		synchronized (this) {
			attempt = this.connection;
		}
		if (connected != null) {
			attempt.complete(connected);
			lookForEvictions(connected);
		}
		else if (failure != null) {
			logger.debug("Redis cannot be reached yet", failure);
			attempt.completeExceptionally(new NotConnectedException(named(failure)));
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

	/**
	 * The root of a failed handshake, such as a path that cannot be built, does not say
	 * that it is about TLS, and that of a server which stays silent says nothing.
	 */
	private static Throwable named(Throwable failure) {
		if (NestedExceptionUtils.getMostSpecificCause(failure) instanceof TimeoutException) {
			TimeoutException named = new TimeoutException("no answer while connecting");
			named.addSuppressed(failure);
			return named;
		}
		for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
			if (cause instanceof SSLException) {
				SSLException named = new SSLException(
						"TLS with Redis failed: " + NestedExceptionUtils.getMostSpecificCause(cause).getMessage());
				named.addSuppressed(failure);
				return named;
			}
		}
		return failure;
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
		attempt.completeExceptionally(new IllegalStateException("The connection to Redis is closed"));
		if (!this.shutDown) {
			this.thread.shutdownNow();
			return;
		}
		// On the same thread as the attempts, so that a client that is just being created
		// is shut down too
		this.thread.execute(() -> {
			RedissonClient redisson = this.client;
			if (redisson != null) {
				redisson.shutdown();
			}
		});
		this.thread.shutdown();
		try {
			if (!this.thread.awaitTermination(10, TimeUnit.SECONDS)) {
				logger.warn("The Redis client has not shut down within 10 s; its threads are left behind.");
			}
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	/**
	 * There is no connection yet, for whatever reason: this concerns all jobs.
	 */
	static final class NotConnectedException extends RuntimeException {

		private static final long serialVersionUID = 1L;

		NotConnectedException(Throwable cause) {
			super("Not connected to Redis", cause);
		}

	}

}
