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
 * How locks can be broken, so that a checker can show that it finds it.
 */
public enum Flaw {

	/** They are as they should be. */
	NONE,

	/** Which tick was started last is not looked at. */
	NO_TICK_RULE,

	/** No lease is renewed, and nobody is told. */
	NO_RENEWAL,

	/** An end releases the lock, also that of another run. */
	NO_OWNER_CHECK,

	/** A lock that nobody releases stays. */
	NO_EXPIRY,

	/** What may be held is not given back. */
	NO_GIVING_BACK,

	/** Ticks are started before their time. */
	TOO_EARLY,

	/** A publisher is not cancelled when it has lost its lock, or its time is over. */
	NO_CANCEL

}
