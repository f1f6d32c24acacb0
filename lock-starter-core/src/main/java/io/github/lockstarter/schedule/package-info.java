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
 * Which tick is this? The wrapped {@link org.springframework.scheduling.TaskScheduler}
 * writes down what the trigger answered and hands it to the run.
 *
 * <p>
 * The time of a tick is never computed by rounding the current time: Spring may fire a
 * little early, a busy pool fires late, and with virtual threads several fires are on
 * their way at once. What the {@link org.springframework.scheduling.Trigger} answered is
 * the only thing that all servers agree on, whatever their clocks say.
 *
 * <p>
 * A {@link io.github.lockstarter.schedule.Fire} belongs to one firing of one scheduled
 * task. The first thing a run does is to take it off the thread, so that an annotated
 * method called from inside a job does not inherit the tick of that job.
 *
 * <p>
 * This package knows no Redis and no lock.
 *
 * <p>
 * For the library and its starter. What is public here may change without notice; the
 * package above is what applications use.
 */
@NullMarked
package io.github.lockstarter.schedule;

import org.jspecify.annotations.NullMarked;
