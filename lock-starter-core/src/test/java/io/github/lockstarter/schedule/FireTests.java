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
package io.github.lockstarter.schedule;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * A fire lies on the thread for as long as its task runs and nobody has taken it.
 */
class FireTests {

	@Test
	void isThereOnlyWhileItsTaskRuns() {
		List<@Nullable Fire> found = new ArrayList<>();
		Fire fire = fire(1);
		assertThat(Fire.take()).isNull();
		fire.run(() -> found.add(Fire.take()));
		assertThat(found).containsExactly(fire);
		assertThat(Fire.take()).isNull();
	}

	@Test
	void isTakenOnceAndFoundAgainWhenItWasPutBack() {
		List<@Nullable Fire> found = new ArrayList<>();
		Fire fire = fire(1);
		fire.run(() -> {
			found.add(Fire.take());
			found.add(Fire.take());
			fire.putBack();
			found.add(Fire.take());
		});
		assertThat(found).containsExactly(fire, null, fire);
	}

	@Test
	void doesNotStayOnTheThreadWhenItsTaskThrowsOrPutsItBack() {
		Fire fire = fire(1);
		assertThatIllegalStateException().isThrownBy(() -> fire.run(() -> {
			Fire.take();
			fire.putBack();
			throw new IllegalStateException("task");
		})).withMessage("task");
		assertThat(Fire.take()).isNull();
	}

	@Test
	void inTheMiddleOfAnotherFireHidesItUntilItEnds() {
		List<@Nullable Fire> found = new ArrayList<>();
		Fire outer = fire(1);
		Fire inner = fire(2);
		outer.run(() -> {
			inner.run(() -> found.add(Fire.take()));
			found.add(Fire.take());
		});
		assertThat(found).containsExactly(inner, outer);
	}

	/**
	 * As a job does that calls another one: the inner call finds no fire.
	 */
	@Test
	void takenByTheOuterCallIsNotFoundByTheInnerOne() {
		List<@Nullable Fire> found = new ArrayList<>();
		Fire fire = fire(1);
		fire.run(() -> {
			Fire outer = Fire.take();
			Fire inner = Fire.take();
			found.add(inner);
			assertThat(outer).isNotNull();
			outer.putBack();
			found.add(Fire.take());
		});
		assertThat(found).containsExactly(null, fire);
	}

	private static Fire fire(int second) {
		TickTask task = TickTask.once(() -> {
		}, new Repetitions(new ManualScheduler()), Instant.ofEpochSecond(second));
		return new Fire(task, new Tick.Nominal(Instant.ofEpochSecond(second)), 0, System.nanoTime(),
				new Fire.Waiting());
	}

}
