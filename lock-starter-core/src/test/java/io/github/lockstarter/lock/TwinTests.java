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

import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.UnaryOperator;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import io.github.lockstarter.RunOutcome;
import io.github.lockstarter.fixture.OwnThread;
import io.github.lockstarter.fixture.RedisServer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

/**
 * The store in memory does what the scripts do: random histories are played on both, and
 * every answer is compared, and all that is kept after every step. {@code twin.histories}
 * says how many, {@code twin.seed} which one.
 */
class TwinTests {

	private static final int STEPS = 60;

	/** Half of them are the same each time, the others are new. */
	private static final int HISTORIES = Integer.getInteger("twin.histories", 60);

	private static final int CONTROLS = 100;

	private static final int SHRINKS = 400;

	private static final List<String> NEEDED = List.of("ACQUIRE STARTED", "ACQUIRE STARTED again", "ACQUIRE LOST",
			"ACQUIRE TOO_LATE", "ACQUIRE EARLY", "ACQUIRE CLOCK_AHEAD", "ACQUIRE ALREADY_RAN", "ACQUIRE SUPERSEDED",
			"ACQUIRE NOT_DUE", "ACQUIRE HELD", "ACQUIRE STILL_RUNNING", "ACQUIRE LOCKED", "ACQUIRE ENDLESS",
			"ACQUIRE PAUSED", "ACQUIRE WRONGTYPE", "ACQUIRE refused", "LOOK GO", "RENEW RENEWED", "RENEW LOST",
			"RENEW TOO_LATE", "FINISH SUCCEEDED", "FINISH FAILED", "FINISH TIMED_OUT", "FINISH LOCK_LOST",
			"FINISH refused", "ABANDON 0", "ABANDON 1", "PAUSE true", "RESUME true", "RELEASE true", "RELEASE false",
			"BEAT known true", "BEAT known false");

	/**
	 * How many are played at the same time, because most of the time Redis is waited for.
	 */
	private static final int LANES = 4;

	private final Map<String, Integer> covered = new ConcurrentSkipListMap<>();

	@Test
	void everyHistoryIsTheSameOnBoth() {
		Long again = Long.getLong("twin.seed");
		long newSeed = UUID.randomUUID().getMostSignificantBits();
		long begin = System.nanoTime();
		int played = inLanes((again != null) ? 1 : HISTORIES, UnaryOperator.identity(), TwinSide.InMemory::new,
				(lane, i) -> {
					long seed = (again != null) ? again : (i % 2 == 0) ? i : newSeed + i;
					List<TwinStep> steps = TwinDraw.history(seed, STEPS);
					String difference = lane.play(steps);
					if (difference != null) {
						fail(lane.describe(seed, steps) + "\nat first, " + difference);
					}
					return true;
				});
		System.out.printf("Measured: %d histories of %d steps on both stores in %d ms, new seeds from %d: %s%n", played,
				STEPS, (System.nanoTime() - begin) / 1_000_000, newSeed + 1, this.covered);
		if (played >= 60) {
			// Those that are the same each time have all of it
			assertThat(this.covered.keySet()).as("what was answered at all").containsAll(NEEDED);
		}
	}

	/**
	 * Play histories, each in one of several lanes.
	 * @param edit what becomes of the scripts
	 * @param next plays a history of a number, and says whether to go on
	 * @return how many were played
	 */
	private int inLanes(int histories, UnaryOperator<String> edit, Function<String, TwinSide> twin, Play next) {
		AtomicInteger left = new AtomicInteger(histories);
		try (PlayedRedis redis = new PlayedRedis(RedisServer.shared(), edit)) {
			List<CompletableFuture<Integer>> lanes = new ArrayList<>();
			for (int i = 0; i < Math.min(LANES, histories); i++) {
				lanes.add(OwnThread.supply(() -> {
					String name = "twin-" + UUID.randomUUID();
					int played = 0;
					try (TwinSide real = new TwinSide.OnRedis(redis, name); TwinSide its = twin.apply(name)) {
						Lane lane = new Lane(name, real, its, this.covered);
						for (int last = left.getAndDecrement(); last > 0; last = left.getAndDecrement()) {
							played++;
							if (!next.play(lane, histories - last)) {
								left.set(0);
							}
						}
						return played;
					}
					finally {
						left.set(0);
					}
				}));
			}
			// All of them, also if one has failed
			CompletableFuture.allOf(lanes.toArray(CompletableFuture[]::new)).handle((done, ex) -> ex).join();
			return lanes.stream().mapToInt(CompletableFuture::join).sum();
		}
		catch (CompletionException ex) {
			throw (ex.getCause() instanceof AssertionError error) ? error : new AssertionError(ex.getCause());
		}
	}

	/**
	 * The red control: a script of which one word is another is found out.
	 */
	@ParameterizedTest
	@EnumSource
	void aScriptThatBreaksARuleIsCaught(Slip slip) {
		AtomicBoolean made = new AtomicBoolean();
		isCaught(slip, slip.seed, (script) -> {
			if (script.contains(slip.word)) {
				made.set(true);
			}
			return script.replace(slip.word, slip.other);
		}, TwinSide.InMemory::new);
		assertThat(made).as("there is such a word").isTrue();
	}

	/**
	 * The red control: a twin that breaks one rule is found out.
	 */
	@ParameterizedTest
	@EnumSource
	void aTwinThatBreaksARuleIsCaught(Breach breach) {
		isCaught(breach, 3, UnaryOperator.identity(), (name) -> new Broken(name, breach));
	}

	@Test
	void aDifferenceIsShownByAsFewStepsAsItTakes() {
		inLanes(1, UnaryOperator.identity(), (name) -> new Broken(name, Breach.ANSWERS_A_MILLISECOND_LATER),
				(lane, seed) -> {
					List<TwinStep> steps = TwinDraw.history(seed, STEPS);
					assertThat(lane.play(steps)).isNotNull();
					assertThat(lane.describe(seed, steps)).matches(
							"(?s)The stores differ. Again: -Dtwin.seed=0\n1: LOOK [^\n]*\nstep 1: *\n  real: .*\n  twin: .*");
					return true;
				});
	}

	/**
	 * Play the history that is known to show it, and if that one does not any more, look
	 * for another one.
	 */
	private void isCaught(Enum<?> what, int known, UnaryOperator<String> edit, Function<String, TwinSide> twin) {
		AtomicInteger caught = new AtomicInteger(-1);
		Play play = (lane, seed) -> {
			if (lane.play(TwinDraw.history(seed, STEPS)) != null) {
				caught.set(seed);
			}
			return caught.get() < 0;
		};
		inLanes(1, edit, twin, (lane, first) -> play.play(lane, known));
		if (caught.get() < 0) {
			inLanes(CONTROLS, edit, twin, play);
		}
		System.out.println("Measured: " + what + " is caught by the seed " + caught + ", known is " + known);
		assertThat(caught.get()).as("somebody has noticed").isNotNegative();
	}

	private interface Play {

		boolean play(Lane lane, int number);

	}

	/**
	 * Both stores, for one history after the other.
	 */
	private record Lane(String name, TwinSide real, TwinSide twin, Map<String, Integer> covered) {

		@Nullable String play(List<TwinStep> steps) {
			return new TwinHistory(this.real, this.twin, this.name, this.covered).play(steps);
		}

		/**
		 * Describe a difference, with as few steps as it takes.
		 */
		String describe(long seed, List<TwinStep> steps) {
			List<TwinStep> few = shrunk(steps);
			StringBuilder message = new StringBuilder("The stores differ. Again: -Dtwin.seed=" + seed + "\n");
			for (int i = 0; i < few.size(); i++) {
				message.append(i + 1).append(": ").append(few.get(i)).append('\n');
			}
			return message + play(few);
		}

		/**
		 * Leave steps out for as long as there is a difference.
		 */
		private List<TwinStep> shrunk(List<TwinStep> steps) {
			List<TwinStep> few = steps;
			int left = SHRINKS;
			for (int size = few.size() / 2; size > 0; size /= 2) {
				for (int i = 0; i < few.size() && left > 0; left--) {
					List<TwinStep> fewer = new ArrayList<>(few);
					fewer.subList(i, Math.min(i + size, few.size())).clear();
					if (play(fewer) != null) {
						few = fewer;
					}
					else {
						i += size;
					}
				}
			}
			return few;
		}

	}

	/**
	 * One word of a script, another one in its place, and a history that shows it.
	 */
	private enum Slip {

		LOOKS_A_LITTLE_EARLIER("now + wait + 20", "now + wait + 19", 50),

		GIVES_UP_A_MILLISECOND_EARLIER("now > give_up_at", "now >= give_up_at", 99),

		FORGETS_WHO_GAVE_BACK("put('abandoned', given_back_by(text(5), owner))", "put('abandoned', owner)", 99),

		COUNTS_NO_CRASH("before.failures + 1", "before.failures", 99),

		NEVER_PULLS_A_LOCK_IN("left == -1 or left > state.lease", "left == -1", 1),

		CLOSES_NO_CRASHED_TICK("put('crashed', whole(before.open))", "put('crashed', '')", 9),

		KEEPS_NO_PHASE("math.max(due + interval,", "math.max(now + interval,", 0),

		DROPS_A_TICK_A_MILLISECOND_EARLIER("state.tick > now + 86400000", "state.tick >= now + 86400000", 71),

		WRITES_NO_END_OF_A_RUN_THAT_IS_FORGOTTEN("local is_forgotten = held and", "local is_forgotten = not held and",
				1),

		GIVES_A_LOCK_WITHOUT_AN_END_NONE("left == -1 or left > state.lease", "left > state.lease", 19),

		NAMES_NO_TICK_THAT_IS_GIVEN_BACK("put('given-back', text(4))", "put('given-back', '')", 1),

		TAKES_A_RUN_THAT_LOST_ITS_LOCK_FOR_CRASHED("before.lost and 'LOCK_LOST'", "nil", 24),

		RUNS_WHAT_CAME_DURING_A_RUN("ended >= tick", "ended > tick", 73),

		LEAVES_A_TICK_OPEN("put('open', '')", "put('opened', '')", 2);

		private final String word;

		private final String other;

		private final int seed;

		Slip(String word, String other, int seed) {
			this.word = word;
			this.other = other;
			this.seed = seed;
		}

	}

	/** A rule that is broken. */
	private enum Breach {

		NEVER_EXPIRES, FORGETS_A_FAILURE, ANSWERS_A_MILLISECOND_LATER, WRITES_NO_HISTORY

	}

	private static final class Broken extends TwinSide.InMemory {

		private final Breach breach;

		Broken(String namespace, Breach breach) {
			super(namespace);
			this.breach = breach;
		}

		@Override
		Memory memory(InstantSource clock) {
			return new Memory(clock, this.breach != Breach.NEVER_EXPIRES);
		}

		@Override
		LockStore store(LockSettings settings, Memory memory) {
			Breach breach = this.breach;
			LockSettings its = (breach != Breach.WRITES_NO_HISTORY) ? settings
					: new LockSettings(settings.namespace(), settings.keyPrefix(), settings.server(),
							settings.acquireTimeout(), settings.maxClockSkew(), 0, settings.replicasWithin(), 0);
			return new InMemoryLockStore(its, memory) {

				@Override
				public CompletableFuture<Answer> look(LockRequest request) {
					return super.look(request)
						.thenApply((answer) -> (breach != Breach.ANSWERS_A_MILLISECOND_LATER) ? answer
								: new Answer(answer.verdict(), answer.redisTime().plusMillis(1), answer.askAgainAt(),
										answer.holder(), answer.since(), answer.token(), answer.tick(),
										answer.schedule(), answer.attempts(), answer.open(), answer.lockHolder()));
				}

				@Override
				public CompletableFuture<RunOutcome> finish(LockRequest request, long owner, RunOutcome outcome,
						@Nullable String failure, @Nullable Answer started) {
					return super.finish(request, owner, outcome, (breach != Breach.FORGETS_A_FAILURE) ? failure : null,
							started);
				}

			};
		}

	}

}
