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

package io.github.lockstarter.sample.demo;

/**
 * The last line of the demo.
 *
 * @param ticks how many settlements were due
 * @param runs how often the settlement was run for them
 * @param duplicates how often it was run beyond once per tick
 * @param missed how many ticks have no settlement that was booked
 * @param overlaps how many pairs of runs of one job ran at the same time
 * @param servers how many servers were up the whole time
 */
record DemoSummary(int ticks, int runs, int duplicates, int missed, int overlaps, int servers) {

	private static final int SERVERS = 2;

	/**
	 * Tells whether the demo has shown what it should.
	 * @return whether two servers ran each tick once, and there was a tick to run
	 */
	boolean isGood() {
		return this.ticks > 0 && this.duplicates == 0 && this.missed == 0 && this.overlaps == 0
				&& this.servers == SERVERS;
	}

	@Override
	public String toString() {
		return "demo: ticks=" + this.ticks + " runs=" + this.runs + " duplicates=" + this.duplicates + " missed="
				+ this.missed + " overlaps=" + this.overlaps + " servers=" + this.servers;
	}

}
