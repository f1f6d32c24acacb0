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

package io.github.lockstarter;

/**
 * The schedule fired the method of a job on this server, and the method returned without
 * having come to its lock: something has changed or replaced the proxy of its bean since
 * the start. It may have run on every server. The schedule does not fire it again on this
 * server.
 *
 * @param job the name of the job
 * @param server the id of this server
 * @since 0.1.0
 */
public record JobBypassed(String job, String server) implements JobEvent {

}
