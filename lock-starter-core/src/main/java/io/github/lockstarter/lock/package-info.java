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

/**
 * Ask, lock, start, lease, finish: how one server gets a tick and all others learn that
 * it did.
 *
 * <p>
 * <b>Safety in one sentence.</b> Everything that decides is decided while holding the
 * {@link org.redisson.api.RLock}, by a script that checks the owner. What happens before
 * is only a cheap way for losers to leave, and may be stale without harm.
 *
 * <ol>
 * <li><em>Ask</em>: one script, one round trip, that claims nothing. Redis's clock is the
 * referee.</li>
 * <li><em>Lock</em>: the {@code RLock}, with a random owner for every run and a lease of
 * fixed length.</li>
 * <li><em>Start</em>: one script under the lock that applies the same rules once more and
 * claims the tick.</li>
 * <li><em>Lease</em>: renewed at a third of its length. Trust ends by the clock, whether
 * or not Redis answers.</li>
 * <li><em>Finish</em>: one script that writes down the outcome and releases the
 * lock.</li>
 * </ol>
 *
 * <p>
 * <b>Trust.</b> A server never trusts Redis for knowing that it lost a lock. It trusts
 * the lock until <em>start of the last confirmed renewal + lease − margin</em> on its
 * monotonic clock. Redis counts the lease from a later moment, so it grants the lock to
 * nobody else before that.
 *
 * <p>
 * <b>Doubt.</b> Where a reply is lost the server does not know what it holds. It then
 * gives back whatever there is, by its owner id, and goes on trying until the lease would
 * be over anyway. Every owner id is used for one run only, so a late command can touch
 * nothing that belongs to another run.
 *
 * <p>
 * This package knows Redisson and no Spring AOP. The scripts are resource files beside
 * this package.
 *
 * <p>
 * For the library and its starter. What is public here may change without notice; the
 * package above is what applications use.
 */
@NullMarked
package io.github.lockstarter.lock;

import org.jspecify.annotations.NullMarked;
