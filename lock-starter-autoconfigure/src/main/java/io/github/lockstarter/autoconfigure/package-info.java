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
 * The starter: reads {@code distributed-scheduled.*} and {@code spring.data.redis.*}, and
 * makes {@link io.github.lockstarter.DistributedScheduled @DistributedScheduled} work
 * without a line of configuration in the application.
 *
 * <p>
 * Redis comes from an existing {@link org.redisson.api.RedissonClient} bean. Without one
 * a small client is made: from a configuration file of Redisson, else from the connection
 * details of Spring Boot, else from {@code spring.data.redis.*}. It is private to the
 * locks: it is not a bean, so it never gets in the way of another one. The classes of
 * Spring Boot's details have other names on each of its lines; a configuration for each
 * makes the same settings of them.
 */
@NullMarked
package io.github.lockstarter.autoconfigure;

import org.jspecify.annotations.NullMarked;
