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

package io.github.lockstarter;

/**
 * What happens to a job when the clocks are put back, and the wall clock shows its time
 * twice. Concerns only cron expressions that name hours, such as {@code 0 30 2 * * *}:
 * one with a wildcard or a step in its hour field means intervals, and runs in both hours
 * in any case.
 *
 * @since 0.1.0
 * @see DistributedScheduled#repeatedHour()
 */
public enum RepeatedHourPolicy {

	/**
	 * Both are one tick: it runs in the first hour. In the second it runs only if it
	 * could not in the first.
	 */
	ONCE,

	/**
	 * Both are ticks, as for Spring.
	 */
	TWICE

}
