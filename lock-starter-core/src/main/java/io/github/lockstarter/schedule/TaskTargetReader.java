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

import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;

import org.springframework.scheduling.support.MethodInvokingRunnable;
import org.springframework.scheduling.support.ScheduledMethodRunnable;
import org.springframework.scheduling.support.ScheduledTaskObservationContext;
import org.springframework.util.ClassUtils;

/**
 * Learns what a scheduled task calls. Spring hides that in private classes, so their
 * fields are read: what cannot be read is code, of which nothing is known.
 */
final class TaskTargetReader {

	/** Whose wrappers do nothing but call what they wrap. */
	private static final List<String> WRAPPERS = List.of("org.springframework.", "io.micrometer.");

	private TaskTargetReader() {
	}

	static TaskTarget read(Runnable task) {
		Runnable innermost = innermost(task);
		TaskTarget target = method(innermost);
		return (target != null) ? target : new TaskTarget.Code(innermost);
	}

	/**
	 * Return what is inside of all wrappers.
	 */
	static Runnable innermost(Runnable task) {
		Runnable current = task;
		while (true) {
			Runnable wrapped = (method(current) != null) ? null : wrapped(current);
			if (wrapped == null) {
				return current;
			}
			current = wrapped;
		}
	}

	private static @Nullable TaskTarget method(Runnable task) {
		if (task instanceof ScheduledMethodRunnable call) {
			return new TaskTarget.Call(call.getTarget(), call.getMethod());
		}
		if (task instanceof MethodInvokingRunnable call && call.isPrepared() && call.getTargetObject() != null) {
			return new TaskTarget.Call(call.getTargetObject(), call.getPreparedMethod());
		}
		return isWrapper(task) ? subscription(task) : null;
	}

	/**
	 * What subscribes to a publisher knows what to say of it in an observation.
	 */
	private static @Nullable TaskTarget subscription(Runnable task) {
		for (Object supplier : values(task, Supplier.class)) {
			if (((Supplier<?>) supplier).get() instanceof ScheduledTaskObservationContext context) {
				Method method = context.getMethod();
				return new TaskTarget.Subscription(bean(supplier, context.getTargetClass()), context.getTargetClass(),
						method);
			}
		}
		return null;
	}

	private static @Nullable Object bean(Object supplier, Class<?> type) {
		return values(supplier, type).stream()
			.filter((value) -> ClassUtils.getUserClass(value) == type)
			.findFirst()
			.orElse(null);
	}

	private static @Nullable Runnable wrapped(Runnable task) {
		if (task instanceof TaskTarget.Wrapper wrapper) {
			return wrapper.task();
		}
		List<Object> values = isWrapper(task) ? values(task, Runnable.class) : List.of();
		return (values.size() == 1) ? (Runnable) values.get(0) : null;
	}

	private static boolean isWrapper(Runnable task) {
		return WRAPPERS.stream().anyMatch(task.getClass().getName()::startsWith);
	}

	/**
	 * Return the values of all fields of an object that are of a type.
	 */
	private static List<Object> values(Object object, Class<?> type) {
		List<Object> values = new ArrayList<>();
		for (Class<?> current = object.getClass(); current != null; current = current.getSuperclass()) {
			for (Field field : current.getDeclaredFields()) {
				Object value = (Modifier.isStatic(field.getModifiers()) || field.getType().isPrimitive()) ? null
						: value(field, object);
				if (type.isInstance(value)) {
					values.add(value);
				}
			}
		}
		return values;
	}

	private static @Nullable Object value(Field field, Object object) {
		try {
			field.setAccessible(true);
			return field.get(object);
		}
		catch (ReflectiveOperationException | RuntimeException ex) {
			return null;
		}
	}

}
