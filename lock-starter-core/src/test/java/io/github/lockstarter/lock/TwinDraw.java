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
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Random;

import io.github.lockstarter.lock.TwinStep.Ask;
import io.github.lockstarter.lock.TwinStep.What;
import io.github.lockstarter.schedule.Tick;

/**
 * Draws a history. Most of its steps concern the same few things, and its clock is often
 * set to a time at which something ends, or a millisecond beside it: so they meet.
 */
final class TwinDraw {

	static final int SERVERS = 2;

	static final int JOBS = 3;

	private static final long DAY = 86_400_000;

	private static final long[] SHORT = { 1, 1, 20, 50, 100, 101, 200, 500, 900, 999, 1000, 1000, 2000, 2020, 5000, -1,
			-100, -999, -1000 };

	private static final long[] LONG = { 30_000, 60_000, -60_000, 3_600_000, -3_600_000, DAY, -DAY, -2 * DAY, 90 * DAY,
			731 * DAY, -400 * DAY };

	private static final long[] GIVE_UP = { -1, 0, 1, 5000, 60_000 };

	private final Random random;

	/** What is asked for again and again. */
	private final List<Ask> asks = new ArrayList<>();

	private long now = PlayedRedis.BEGIN;

	/** What comes next, of the same job. */
	private final Deque<What> planned = new ArrayDeque<>();

	/**
	 * Whether nothing is heard any more of who has started last, until its lease is over.
	 */
	private boolean dies;

	private int job;

	private Ask ask;

	private int owners;

	private long lastTick = PlayedRedis.BEGIN;

	private long lastStart = PlayedRedis.BEGIN;

	private long lastEnd = PlayedRedis.BEGIN;

	private TwinDraw(long seed) {
		this.random = new Random(seed);
		for (int i = 0; i <= this.random.nextInt(3); i++) {
			this.asks.add(ask());
		}
		this.ask = anyAsk();
	}

	static List<TwinStep> history(long seed, int length) {
		TwinDraw draw = new TwinDraw(seed);
		List<TwinStep> steps = new ArrayList<>();
		for (int i = 0; i < length; i++) {
			steps.add(draw.step());
		}
		return steps;
	}

	private boolean oneOf(int count) {
		return this.random.nextInt(count) == 0;
	}

	private long any(long... values) {
		return values[this.random.nextInt(values.length)];
	}

	private TwinStep step() {
		What planned = this.planned.poll();
		What what = (planned != null) ? planned : what();
		boolean same = planned != null || oneOf(3);
		if (!same) {
			this.job = Math.min(this.random.nextInt(JOBS), this.random.nextInt(JOBS));
			this.ask = anyAsk();
		}
		long number = number(what);
		this.lastEnd = (what == What.FINISH) ? this.now : this.lastEnd;
		int owner = Math.max(0, this.owners - ((planned == null && oneOf(4)) ? this.random.nextInt(4) : 0));
		if (what == What.ACQUIRE) {
			owner += oneOf(5) ? 0 : 1;
			this.owners = Math.max(this.owners, owner);
			this.lastStart = this.now;
			if (oneOf(4)) {
				this.dies = true;
				this.planned.add(What.TIME);
				this.planned.add(oneOf(4) ? What.LOOK : What.ACQUIRE);
			}
			else if (oneOf(2)) {
				this.planned.add(oneOf(3) ? What.TIME : oneOf(4) ? What.RELEASE : What.RENEW);
				this.planned.add(oneOf(6) ? What.ABANDON : What.FINISH);
			}
		}
		return new TwinStep(what, this.random.nextInt(SERVERS), this.job, owner, this.ask, number,
				(what.byStore && oneOf(16)) ? this.random.nextInt(7) : PlayedRedis.NONE);
	}

	private Ask anyAsk() {
		Ask any = this.asks.get(this.random.nextInt(this.asks.size()));
		return any.with((any.tick() instanceof Tick.Nominal nominal) ? new Tick.Nominal(nominal(), nominal.distance())
				: any.tick(), oneOf(2) ? any.purpose() : LockRequest.Purpose.FIRE);
	}

	private long number(What what) {
		return switch (what) {
			case TIME -> {
				long time = time();
				this.now += time;
				yield time;
			}
			case ACQUIRE -> oneOf(4) ? this.now + any(GIVE_UP) : Long.MAX_VALUE;
			case RENEW -> oneOf(2) ? this.now + any(GIVE_UP) : 9_000_000_000_000L;
			default -> this.random.nextInt(64);
		};
	}

	private What what() {
		int total = 0;
		for (What what : What.values()) {
			total += what.often;
		}
		int drawn = this.random.nextInt(total);
		for (What what : What.values()) {
			drawn -= what.often;
			if (drawn < 0) {
				return what;
			}
		}
		throw new IllegalStateException();
	}

	/**
	 * Return how far the clock is set. If that is to where something ends, it is looked
	 * at then.
	 */
	private long time() {
		if (this.dies) {
			this.dies = false;
			return Math.max(1, this.lastStart + this.ask.lease() + 1 - this.now);
		}
		if (!oneOf(3)) {
			return oneOf(8) ? any(LONG) : any(SHORT);
		}
		this.planned.add(oneOf(2) ? What.LOOK : What.ACQUIRE);
		long tick = (this.ask.tick() instanceof Tick.Nominal nominal) ? nominal.at().toEpochMilli() : this.lastTick;
		long interval = (this.ask.tick() instanceof Tick.Interval each) ? each.interval().toMillis() : 1500;
		return any(-1, 0, 0, 1) - this.now
				+ any(tick, tick - 100, tick - DAY, tick - DAY, tick + this.ask.atLeast(),
						this.lastStart + this.ask.lease(), this.lastStart + interval, this.lastStart + interval + 100,
						this.lastStart + interval - 100);
	}

	private Instant nominal() {
		if (oneOf(2)) {
			return Instant.ofEpochMilli(this.lastTick);
		}
		this.lastTick = switch (this.random.nextInt(8)) {
			case 0 -> this.now + any(0, 1, 100, 101, 60_000, 60_001);
			case 1 -> this.lastTick + any(500, 1000, 1499, 1500, 1501);
			case 2 -> any(this.lastStart, this.lastEnd);
			default -> this.now - this.now % 1000 - 1000 * this.random.nextInt(3);
		};
		return Instant.ofEpochMilli(this.lastTick);
	}

	private Ask ask() {
		LockRequest.Purpose[] purposes = LockRequest.Purpose.values();
		String[] schedules = { null, "daily", "hourly" };
		return new Ask(tick(), oneOf(4), oneOf(3) ? 30_000 : 1000, (int) any(0, 0, 0, 1000, 3000),
				(int) any(1, 1, 2, 3), purposes[this.random.nextInt(purposes.length)],
				schedules[this.random.nextInt(schedules.length)], oneOf(8) ? 100 * DAY : 0);
	}

	private Tick tick() {
		Duration interval = Duration.ofMillis(any(500, 1000, 1000, 60_000));
		return switch (this.random.nextInt(8)) {
			case 0 -> new Tick.Manual();
			case 1 -> new Tick.Rate(interval);
			case 2 -> new Tick.Delay(interval);
			default -> new Tick.Nominal(Instant.EPOCH, Duration.ofMillis(any(0, 0, 0, 1500)));
		};
	}

}
