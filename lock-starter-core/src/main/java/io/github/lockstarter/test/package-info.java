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
 * For those who test their own jobs, without a Redis.
 *
 * <p>
 * {@link io.github.lockstarter.test.JobTester} runs the jobs of one object,
 * {@link io.github.lockstarter.test.TestLocks} are the locks of an application context,
 * {@link io.github.lockstarter.test.JobAssert} tells whether a method is locked, and
 * {@link io.github.lockstarter.test.JobSimulation} plays a year of its schedule. The
 * proxy, the run and the rules are those of the library; only the locks are in memory,
 * and do what the test says.
 */
@NullMarked
package io.github.lockstarter.test;

import org.jspecify.annotations.NullMarked;
