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

package io.github.lockstarter.run.elsewhere;

import io.github.lockstarter.DistributedScheduled;

import org.springframework.scheduling.annotation.Scheduled;

/**
 * Has jobs that classes of other packages inherit.
 */
public abstract class InheritedJobs {

	/**
	 * Cannot be overridden in another package, and neither by a proxy there.
	 */
	public static class PackagePrivate extends InheritedJobs {

		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled
		void settle() {
		}

	}

	/**
	 * Is overridden by a method that can be overridden anywhere.
	 */
	public static class MadePublic extends PackagePrivate {

		@Override
		public void settle() {
		}

	}

	/**
	 * Can be overridden anywhere.
	 */
	public static class Protected extends InheritedJobs {

		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled
		protected void settle() {
		}

	}

}
