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

package io.github.lockstarter.operations;

import java.time.Instant;
import java.util.List;

/**
 * All jobs and servers of a namespace at one moment.
 *
 * @param namespace the namespace
 * @param server the id of the server that answers
 * @param at when it was taken, on Redis's clock
 * @param jobs the jobs, ordered by name, each with its last runs
 * @param servers the servers, those that are up first, then by name
 * @param refusals ticks that were not run lately, the newest first
 * @param warnings what an operator should look at, such as servers that disagree about
 * the schedule of a job
 * @since 0.1.0
 */
public record Overview(String namespace, String server, Instant at, List<JobReport> jobs, List<ServerReport> servers,
		List<Refusal> refusals, List<String> warnings) {

}
