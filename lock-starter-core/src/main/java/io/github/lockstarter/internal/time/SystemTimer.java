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

import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;

import org.jspecify.annotations.Nullable;

/**
 * A timer on a thread that is there from the beginning: the system may have none left
 * when the first step is planned.
 */
final class SystemTimer implements Timer {

	private final ScheduledThreadPoolExecutor thread;

	SystemTimer(ThreadFactory threads) {
		this.thread = new ScheduledThreadPoolExecutor(1, threads);
		this.thread.setRemoveOnCancelPolicy(true);
		this.thread.setKeepAliveTime(1, TimeUnit.SECONDS);
		this.thread.prestartCoreThread();
	}

	@Override
	public @Nullable Future<?> schedule(Runnable step, Duration delay) {
		try {
			return this.thread.schedule(step, delay.toNanos(), TimeUnit.NANOSECONDS);
		}
		catch (RejectedExecutionException ex) {
			return null;
		}
	}

	@Override
	public void retire() {
		this.thread.allowCoreThreadTimeOut(true);
	}

	@Override
	public void close() {
		this.thread.shutdownNow();
	}

}
