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

import java.lang.reflect.Method;
import java.time.Duration;
import java.util.Arrays;
import java.util.stream.Collectors;

import org.jspecify.annotations.Nullable;

import io.github.lockstarter.LockLostPolicy;
import io.github.lockstarter.RedisUnavailablePolicy;
import io.github.lockstarter.schedule.RepeatedHour;
import io.github.lockstarter.schedule.Timetable;

/**
 * An annotated method of one bean, or what code runs under the name of a job.
 *
 * @param name the name of the job
 * @param group the name of the group whose jobs share a lock; {@code null} if it has its
 * own
 * @param where where it is declared, for messages
 * @param lease how long its lock outlives a server that died
 * @param lockAtLeastFor the shortest time from a tick to the next run
 * @param timeout the longest time a run may take; zero for no limit
 * @param onLockLost what happens to its thread when the lock is lost
 * @param onRedisUnavailable what happens to a tick when Redis cannot be asked
 * @param maxAttempts how often one tick is run at most, should its runs crash
 * @param missed which ticks are run although they were missed; {@code null} if none is
 * @param severalIntervals whether more than one fixed rate or delay fires it
 * @param repeatedHour what names its ticks when the clocks are put back
 * @param timetable when it is to run, as far as that is known
 * @param ofCode whether it is no method but work of code, in a task that does more
 */
record Job(String name, @Nullable String group, String where, Duration lease, Duration lockAtLeastFor, Duration timeout,
		LockLostPolicy onLockLost, RedisUnavailablePolicy onRedisUnavailable, int maxAttempts, @Nullable Missed missed,
		boolean severalIntervals, RepeatedHour repeatedHour, Timetable timetable, boolean ofCode) {

	/**
	 * Tell whether a server looks for ticks of this job that it was not fired for.
	 */
	boolean hasPast() {
		return isRerun() || this.missed != null;
	}

	/**
	 * Tell whether a tick is run again when its run crashes.
	 */
	boolean isRerun() {
		return this.maxAttempts > 1;
	}

	/**
	 * Return what its schedule is, for a human and for other servers.
	 * @return the text; {@code null} if it is not known
	 */
	@Nullable String schedule() {
		return this.timetable.text();
	}

	static String where(String beanName, Method method) {
		String parameters = Arrays.stream(method.getParameterTypes())
			.map(Class::getSimpleName)
			.collect(Collectors.joining(", "));
		return "%s.%s(%s) of bean '%s'".formatted(method.getDeclaringClass().getName(), method.getName(), parameters,
				beanName);
	}

}
