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

/**
 * What scripts are given. A script that names its arguments finds the position of each in
 * a variable of that name, which {@link LuaScript} puts in front of it.
 */
enum ScriptArgument {

	/** The field of the hash that an {@code RLock} is: which client, which owner. */
	OWNER,

	/** Whether clients may wait for a lock on the channel of a shard: 1 or 0. */
	SHARDED,

	/** The id of this server. */
	SERVER,

	/** How long the lock outlives a server that died. */
	LEASE,

	/** The time after which the caller has given up; 0 if it has not said. */
	GIVE_UP_AT,

	/** What to do: ACQUIRE, or LOOK to take nothing; TAKE or FREE. */
	MODE,

	/** NOMINAL, RATE, DELAY or MANUAL. */
	KIND,

	/** The nominal time. */
	TICK,

	/**
	 * The interval, or how far a nominal tick is from the one before at the least; 0 if
	 * every server names the same ticks.
	 */
	INTERVAL,

	/** How early a start may be. */
	TOLERANCE,

	/** How far a clock may be ahead. */
	MAX_SKEW,

	/** The name of the field of the due time. */
	DUE_FIELD,

	/** Lock at least for. */
	AT_LEAST,

	/** How often one tick is started at most, should its runs crash. */
	AT_MOST,

	/** Why the tick is asked for. */
	PURPOSE,

	/** The schedule of the job on this server; empty if it is not known. */
	SCHEDULE,

	/** What starts the run, if it is no rerun. */
	TRIGGER,

	/** How many runs are remembered. */
	HISTORY,

	/** How long the state is kept. */
	KEPT,

	/** How long the state of a job that is paused is kept. */
	PAUSE_KEPT,

	/** How the run ended. */
	OUTCOME,

	/** What the run threw; empty for nothing. */
	FAILURE,

	/** The delay until the next run is due; 0 to leave the due time alone. */
	DELAY,

	/** The token of the run that ends. */
	TOKEN,

	/** Which tick the run that ends was. */
	RUN_TICK,

	/** When the run that ends was started. */
	STARTED,

	/** Whether the holder of a lock may be alive: 1 or 0. */
	MAY_BE_ALIVE

}
