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

import java.util.function.Supplier;

import org.reactivestreams.Publisher;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;

import io.github.lockstarter.schedule.Fire;
import io.github.lockstarter.schedule.TaskTarget;

/**
 * A publisher whose every subscription is one run, if this server gets the tick, and
 * empty otherwise.
 */
final class LockedPublisher extends Flux<Object> {

	private static final Logger logger = LoggerFactory.getLogger(LockedPublisher.class);

	private final Job job;

	private final ReactiveCall.Origin origin;

	private final Publisher<?> source;

	private final Supplier<JobRunner> runner;

	private final boolean coroutine;

	private final boolean valueRequired;

	/**
	 * Create a publisher.
	 * @param job the job
	 * @param origin where it comes from
	 * @param source what does the work
	 * @param runner begins and ends runs
	 * @param coroutine whether what does the work is a coroutine
	 * @param valueRequired whether an empty publisher would be an error for its
	 * subscriber
	 */
	LockedPublisher(Job job, ReactiveCall.Origin origin, Publisher<?> source, Supplier<JobRunner> runner,
			boolean coroutine, boolean valueRequired) {
		this.job = job;
		this.origin = origin;
		this.source = source;
		this.runner = runner;
		this.coroutine = coroutine;
		this.valueRequired = valueRequired;
	}

	/**
	 * Who subscribes may be an event loop, also one that does not look like it, and even
	 * the one on which Redis would answer. So nothing is done here.
	 */
	@Override
	public void subscribe(CoreSubscriber<? super Object> actual) {
		// Taken off the thread, so that a job called from inside this one does not
		// inherit the tick
		Fire onThread = Fire.take();
		try {
			Fire fire = this.origin.address().find(onThread, this.origin.bean(), new Again(this));
			JobRunner runner = this.runner.get();
			LockedSubscription subscription = new LockedSubscription(this.job, this.source, runner, this.coroutine,
					actual);
			subscription.subscribed();
			boolean placeholder = this.valueRequired && fire != null;
			subscription.beginElsewhere(fire, placeholder);
		}
		finally {
			if (onThread != null) {
				onThread.putBack();
			}
		}
	}

	/**
	 * Subscribes once more. The previous subscriber has been told that there is nothing.
	 *
	 * @param publisher the publisher
	 */
	private record Again(LockedPublisher publisher) implements TaskTarget.OfOneJob {

		@Override
		public void run() {
			this.publisher.subscribe((value) -> {
			}, (ex) -> logger.warn("{} failed", this, ex));
		}

		@Override
		public String toString() {
			return this.publisher.job.where();
		}

	}

}
