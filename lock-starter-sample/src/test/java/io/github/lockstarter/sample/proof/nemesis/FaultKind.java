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

package io.github.lockstarter.sample.proof.nemesis;

import java.time.Duration;
import java.util.List;

import io.github.lockstarter.fixture.RedisServer;
import io.github.lockstarter.fixture.TcpProxy;
import io.github.lockstarter.fixture.TcpProxy.Direction;

/**
 * A kind of fault.
 *
 * @param name what it is called
 * @param hasTarget whether it befalls one server
 * @param silences whom Redis does not answer meanwhile
 * @param stops whether its target stands still
 * @param forgets whether Redis may lose what it knew
 * @param act lets it happen, and undoes it
 */
record FaultKind(String name, boolean hasTarget, Silences silences, boolean stops, boolean forgets, Act act) {

	private static final Duration SHORT = Duration.ofMillis(600);

	private static final Duration LONG = Duration.ofMillis(1500);

	private static final Duration JUMP = Duration.ofSeconds(3);

	/**
	 * Returns what can befall servers, whatever their Redis.
	 */
	static List<FaultKind> ofServers() {
		return List.of(target("kill", FaultKind::kill), target("terminate", FaultKind::terminate),
				stop("stop-short", (strike) -> stop(strike, SHORT, SHORT.multipliedBy(2))),
				stop("stop-long",
						(strike) -> stop(strike, strike.lease().plusMillis(500), strike.lease().plusMillis(1500))),
				target("clock-forwards", (strike) -> jump(strike, JUMP)),
				target("clock-backwards", (strike) -> jump(strike, JUMP.negated())),
				target("busy-threads", FaultKind::keepBusy));
	}

	/**
	 * Returns what befalls all servers, one after the other.
	 */
	static List<FaultKind> ofManyServers() {
		return List
			.of(new FaultKind("rolling-restart", false, Silences.NOBODY, false, false, FaultKind::rollingRestart));
	}

	/**
	 * Returns what can befall a single Redis, and the lines to it.
	 */
	static List<FaultKind> of(Layout.Single layout) {
		RedisServer redis = layout.redis();
		return List.of(redis("redis-pause", Silences.ALL, false, (strike) -> {
			redis.pause();
			strike.applied().last(SHORT, LONG);
			redis.resume();
		}), redis("redis-pause-long", Silences.ALL, false, (strike) -> {
			redis.pause();
			strike.applied().last(strike.lease().plusMillis(500), strike.lease().plus(LONG));
			redis.resume();
		}), redis("redis-restart-with-data", Silences.ALL, false, (strike) -> restart(strike, redis)),
				redis("redis-restart-without-data", Silences.ALL, true, (strike) -> {
					// What is in the file then is that everything is gone
					redis.cli("FLUSHALL");
					restart(strike, redis);
				}), redis("flushall", Silences.NOBODY, true, (strike) -> redis.cli("FLUSHALL")),
				redis("client-kill", Silences.NOBODY, false, (strike) -> redis.cli("CLIENT", "KILL", "TYPE", "normal")),
				line("cut", Silences.TARGET, (strike) -> {
					TcpProxy line = layout.line(strike.server());
					line.cut();
					strike.applied().last(LONG, strike.lease().plus(LONG));
					line.heal();
				}), line("cut-to-redis", Silences.TARGET, (strike) -> swallow(strike, layout, Direction.TO_SERVER)),
				line("cut-from-redis", Silences.TARGET, (strike) -> swallow(strike, layout, Direction.TO_CLIENT)),
				line("latency", Silences.NOBODY, (strike) -> latency(layout.line(strike.server()))));
	}

	/**
	 * Returns what can befall a master that is watched by sentinels.
	 */
	static List<FaultKind> of(Layout.Sentinel layout) {
		return List.of(redis("failover", Silences.NOBODY, true, (strike) -> layout.failOver()),
				redis("master-pause", Silences.ALL, false, (strike) -> {
					RedisServer master = layout.masters().get(0);
					master.pause();
					strike.applied().last(SHORT, SHORT.multipliedBy(2));
					master.resume();
				}), redis("flushall", Silences.NOBODY, true, (strike) -> layout.masters().get(0).cli("FLUSHALL")),
				redis("client-kill", Silences.NOBODY, false,
						(strike) -> layout.masters().get(0).cli("CLIENT", "KILL", "TYPE", "normal")));
	}

	/**
	 * Returns what can befall a cluster. The master of the jobs is one of three.
	 */
	static List<FaultKind> of(Layout.Cluster layout) {
		return List.of(redis("shard-pause", Silences.SOME, false, (strike) -> {
			RedisServer master = any(strike, layout);
			master.pause();
			strike.applied().last(SHORT, strike.lease().plus(SHORT));
			master.resume();
		}), redis("shard-restart-without-data", Silences.NOBODY, true,
				(strike) -> restart(strike, any(strike, layout))),
				redis("flushall", Silences.NOBODY, true,
						(strike) -> layout.masters().forEach((master) -> master.cli("FLUSHALL"))),
				redis("client-kill", Silences.NOBODY, false, (strike) -> layout.masters()
					.forEach((master) -> master.cli("CLIENT", "KILL", "TYPE", "normal"))));
	}

	private static RedisServer any(Strike strike, Layout layout) {
		return layout.masters().get(strike.any(layout.masters().size()));
	}

	private static FaultKind target(String name, Act act) {
		return new FaultKind(name, true, Silences.NOBODY, false, false, act);
	}

	private static FaultKind stop(String name, Act act) {
		return new FaultKind(name, true, Silences.NOBODY, true, false, act);
	}

	private static FaultKind redis(String name, Silences silences, boolean forgets, Act act) {
		return new FaultKind(name, false, silences, false, forgets, act);
	}

	private static FaultKind line(String name, Silences silences, Act act) {
		return new FaultKind(name, true, silences, false, false, act);
	}

	private static void kill(Strike strike) throws Exception {
		strike.servers().kill(strike.server());
		strike.last(Duration.ZERO, LONG);
		strike.servers().startAgain(strike.server());
	}

	private static void terminate(Strike strike) throws Exception {
		strike.servers().terminate(strike.server());
		strike.servers().startAgain(strike.server());
	}

	private static void rollingRestart(Strike strike) throws Exception {
		for (String name : strike.servers().names()) {
			strike.servers().terminate(name);
			strike.servers().startAgain(name);
		}
	}

	private static void stop(Strike strike, Duration from, Duration to) throws Exception {
		strike.servers().server(strike.server()).freeze();
		strike.applied().last(from, to);
		strike.servers().server(strike.server()).thaw();
		// SIGCONT is sent by another process
		Strike.sleep(Duration.ofMillis(200));
	}

	/**
	 * What was planned by the clock before is due by it for as long as it jumped.
	 */
	private static void jump(Strike strike, Duration jump) {
		strike.servers().jump(strike.server(), jump);
		strike.applied().last(SHORT, LONG);
		strike.servers().jump(strike.server(), Duration.ZERO);
		Strike.sleep(JUMP);
	}

	private static void keepBusy(Strike strike) {
		strike.servers().keepBusy(strike.server(), LONG);
		strike.applied().last(LONG, LONG.plus(SHORT));
	}

	private static void restart(Strike strike, RedisServer redis) {
		redis.kill();
		strike.applied().last(SHORT, LONG);
		redis.startAgain();
	}

	private static void swallow(Strike strike, Layout.Single layout, Direction direction) {
		TcpProxy line = layout.line(strike.server());
		line.hang(direction);
		strike.applied().last(LONG, strike.lease().plus(LONG));
		line.heal();
	}

	private static void latency(TcpProxy line) {
		for (int i = 0; i < 15; i++) {
			line.hold(Direction.BOTH);
			Strike.sleep(Duration.ofMillis(120));
			line.heal();
			Strike.sleep(Duration.ofMillis(40));
		}
	}

	@Override
	public String toString() {
		return this.name;
	}

	/**
	 * Whom Redis does not answer; {@code SOME}: whoever asks for a job of that shard.
	 */
	enum Silences {

		NOBODY, TARGET, SOME, ALL

	}

	/**
	 * Lets a fault happen.
	 */
	@FunctionalInterface
	interface Act {

		void happen(Strike strike) throws Exception;

	}

}
