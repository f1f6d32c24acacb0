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
 * What users of the library touch: the annotation, the handle of the current run, the
 * events and the words for what can happen to a tick.
 *
 * <p>
 * Put {@link io.github.lockstarter.DistributedScheduled @DistributedScheduled} on a
 * scheduled method. A <em>tick</em> is one fire time of one job. For each tick one server
 * acquires the lock and runs the job; the others skip it and can say why. Inside the
 * method {@link io.github.lockstarter.JobRun#current()} tells which tick this is and
 * whether the lock is still held. Everything that happens is published as a
 * {@link io.github.lockstarter.JobEvent}.
 *
 * <p>
 * Nothing in this package knows how a lock is taken: it imports none of the packages
 * below it.
 */
@NullMarked
package io.github.lockstarter;

import org.jspecify.annotations.NullMarked;
