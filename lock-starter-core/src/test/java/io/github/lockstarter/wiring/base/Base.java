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

package io.github.lockstarter.wiring.base;

import reactor.core.publisher.Mono;

import org.springframework.scheduling.annotation.Scheduled;

import io.github.lockstarter.DistributedScheduled;
import io.github.lockstarter.wiring.Body;
import io.github.lockstarter.wiring.Declarations;

/**
 * Jobs that others inherit.
 */
public final class Base {

	private Base() {
	}

	/**
	 * A job that only its own package can override.
	 */
	public abstract static class PackagePrivate {

		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled
		void settle() {
			Body.run();
		}

	}

	/**
	 * The same for a publisher.
	 */
	public abstract static class PackagePrivateMono {

		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled
		Mono<Void> settle() {
			return Mono.fromRunnable(Body::run);
		}

	}

	/**
	 * The same for a bean.
	 */
	public static class Concrete extends PackagePrivate {

	}

	/**
	 * A job that a subclass can override.
	 */
	public abstract static class Protected {

		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled
		protected void settle() {
			Body.run();
		}

	}

	abstract static class Hidden {

		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled
		public void settle() {
			Body.run();
		}

	}

	/**
	 * A class that the compiler gives a bridge to the job.
	 */
	public abstract static class PublicMethod extends Hidden {

	}

	/**
	 * A job behind a final method that calls it.
	 */
	public abstract static class FinalTemplate {

		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled
		public final void settle() {
			work();
		}

		protected abstract void work();

	}

	/**
	 * A job that calls what a subclass brings.
	 */
	public abstract static class Template {

		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled
		public void settle() {
			work();
		}

		protected abstract void work();

	}

	/**
	 * A job that is back in the package where it can be overridden.
	 */
	public static class Back extends Declarations.Middle {

	}

}
