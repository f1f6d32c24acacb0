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
 * Two batch servers and a Redis, on one screen.
 * {@link io.github.lockstarter.sample.demo.Demo} is the launcher: it starts Redis and two
 * processes of the sample, tells what each server does with each tick, and at the end
 * counts the run log that the servers wrote into their database. Inside the servers only
 * {@link io.github.lockstarter.sample.demo.DemoReporter} and
 * {@link io.github.lockstarter.sample.demo.LauncherWatch} belong to the demo; they are
 * there in the profile {@code demo}.
 * <p>
 * What is told while it runs comes from the events of the lock. What is counted does not.
 */
@NullMarked
package io.github.lockstarter.sample.demo;

import org.jspecify.annotations.NullMarked;
