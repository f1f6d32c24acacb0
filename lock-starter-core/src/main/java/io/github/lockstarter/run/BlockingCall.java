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

import java.lang.reflect.Array;
import java.util.Optional;

import org.jspecify.annotations.Nullable;

import io.github.lockstarter.schedule.Fire;

/**
 * A call of a method whose work is done when it returns: claim, call and finish on one
 * thread.
 */
final class BlockingCall {

	private final JobRunner runner;

	BlockingCall(JobRunner runner) {
		this.runner = runner;
	}

	/**
	 * Run the method if this server gets the tick.
	 * @return what the method returned, or an empty value if the tick is skipped
	 */
	@Nullable Object call(Job job, ActiveRun.Body body) throws Throwable {
		// Taken off the thread, so that a job called from inside this one does not
		// inherit the tick
		Fire fire = Fire.take();
		try {
			return (this.runner.begin(job, fire) instanceof Beginning.Granted granted) ? run(granted.run(), body)
					: emptyResult(job);
		}
		finally {
			if (fire != null) {
				fire.putBack();
			}
		}
	}

	/**
	 * From here on there is a lock, and whatever happens it is given back.
	 */
	private @Nullable Object run(ActiveRun run, ActiveRun.Body body) throws Throwable {
		Throwable failure = null;
		try {
			this.runner.start(run);
			return proceed(run, body);
		}
		catch (Throwable ex) {
			failure = ex;
			throw ex;
		}
		finally {
			this.runner.end(run, failure);
		}
	}

	private static @Nullable Object proceed(ActiveRun run, ActiveRun.Body body) throws Throwable {
		ActiveRun outer = ActiveRun.innermost();
		ThreadInterrupt interrupt = new ThreadInterrupt();
		run.enter(interrupt);
		try {
			return run.bound(body);
		}
		finally {
			run.leave();
			if (interrupt.isSent() && (outer == null || !outer.hasInterrupted())) {
				// Meant for the method, not for what this thread does next
				Thread.interrupted();
			}
		}
	}

	private static @Nullable Object emptyResult(Job job) {
		Class<?> type = job.method().getReturnType();
		if (type == Optional.class) {
			return Optional.empty();
		}
		return (type.isPrimitive() && type != void.class) ? Array.get(Array.newInstance(type, 1), 0) : null;
	}

}
