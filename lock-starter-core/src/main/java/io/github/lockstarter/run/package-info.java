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
 * The life of one run: the interceptor finds the job and its tick, the runner lives
 * through one run and tells what happened.
 *
 * <p>
 * The advisor stands outside transactions: the lock is acquired before a transaction
 * begins and released after it is committed. It is a plain
 * {@link org.springframework.aop.Advisor}, so no AspectJ is needed, and it brings its own
 * auto-proxy creator, so no setting of an application can switch it off unnoticed.
 *
 * <p>
 * A method that returns a publisher does its work when somebody subscribes, which Spring
 * does at each tick. So it is the subscription that is locked, and not the call.
 *
 * <p>
 * A job that would run without its lock is the worst thing this library could do. So each
 * annotated method is looked at when its bean is made, and one that would bypass the
 * proxy stops the application, with a text that says what to do.
 *
 * <p>
 * For the library and its starter. What is public here may change without notice; the
 * package above is what applications use.
 */
@NullMarked
package io.github.lockstarter.run;

import org.jspecify.annotations.NullMarked;
