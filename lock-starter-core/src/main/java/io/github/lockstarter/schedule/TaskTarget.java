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

package io.github.lockstarter.schedule;

import java.lang.reflect.Method;

import org.jspecify.annotations.Nullable;

/**
 * What a scheduled task calls, as far as that can be learned from its {@link Runnable}.
 * Spring wraps a task before it reaches the scheduler, and so do we.
 *
 * @since 0.1.0
 */
public sealed interface TaskTarget {

	/**
	 * A method of a bean that is called at each fire, as for
	 * {@link org.springframework.scheduling.annotation.Scheduled @Scheduled}.
	 *
	 * @param bean the object on which the method is called, which is the proxy if there
	 * is one
	 * @param method the method that is called: for a JDK proxy that of the interface
	 */
	record Call(Object bean, Method method) implements TaskTarget {

	}

	/**
	 * A publisher, subscribed to at each fire, that a method returned when its bean was
	 * made.
	 *
	 * @param bean the object whose method returned it, which is the proxy if there is
	 * one; {@code null} if it cannot be learned
	 * @param type the class of the bean, without its proxy
	 * @param method the annotated method
	 */
	record Subscription(@Nullable Object bean, Class<?> type, Method method) implements TaskTarget {

	}

	/**
	 * Code, which may call anything or nothing.
	 *
	 * @param task what is run
	 */
	record Code(Runnable task) implements TaskTarget {

	}

	/**
	 * Code that is there to call one job. The tick is that of the job, whatever schedule
	 * it has of its own.
	 */
	interface OfOneJob extends Runnable {

	}

	/**
	 * A task that does nothing but run another one, once each time.
	 */
	interface Wrapper extends Runnable {

		/**
		 * Return the other one.
		 * @return the task that is run
		 */
		Runnable task();

	}

	/**
	 * Return what a task calls.
	 * @param task what a scheduler is given
	 * @return what is known of it
	 */
	static TaskTarget of(Runnable task) {
		return TaskTargetReader.read(task);
	}

}
