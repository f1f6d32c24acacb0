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

/**
 * The master has started the run, and too few replicas say that they have heard of it. A
 * failover now might forget it, so it must not run.
 */
final class TooFewReplicasException extends RuntimeException {

	private static final long serialVersionUID = 1L;

	TooFewReplicasException(int acknowledged, int wanted, Duration wait) {
		this("%d of %d replicas acknowledged the start within %d ms".formatted(acknowledged, wanted, wait.toMillis()));
	}

	private TooFewReplicasException(String message) {
		super(message);
	}

	/**
	 * Create an exception for a start that Redisson sent on to another node of a cluster,
	 * and of which no replica of that node is known to have heard.
	 */
	static TooFewReplicasException moved(int wanted) {
		return new TooFewReplicasException(
				"0 of %d replicas are known to have the start: its slot has moved to another ".formatted(wanted)
						+ "node of the cluster, which the client does not know yet");
	}

	/**
	 * Create an exception for a start whose lock was gone, or whose caller had given up,
	 * before it could be acknowledged.
	 */
	static TooFewReplicasException gone(int wanted) {
		return new TooFewReplicasException(
				"0 of %d replicas are known to have the start: its lock was gone, or time was over, before they were "
					.formatted(wanted) + "asked");
	}

}
