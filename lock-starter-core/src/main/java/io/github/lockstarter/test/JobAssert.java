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
package io.github.lockstarter.test;

import java.lang.reflect.Array;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;

import org.aopalliance.intercept.MethodInterceptor;
import org.jspecify.annotations.Nullable;

import org.springframework.aop.framework.ProxyFactory;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.objenesis.SpringObjenesis;
import org.springframework.util.Assert;
import org.springframework.util.ReflectionUtils;

import io.github.lockstarter.DistributedScheduled;

/**
 * Assertions on methods, for tests. They throw an {@link AssertionError} that says what
 * to do.
 *
 * @since 0.1.0
 */
public final class JobAssert {

	private static final SpringObjenesis objenesis = new SpringObjenesis();

	private JobAssert() {
	}

	/**
	 * Assert that a method is locked when Spring calls it: it is annotated, by whatever
	 * annotation carries {@link DistributedScheduled @DistributedScheduled}, and an
	 * application with this class would start. Nothing is run.
	 * @param type the class of the bean
	 * @param method the name of the method
	 * @param properties what the annotations resolve, such as {@code "invoices.lease=5m"}
	 * @throws AssertionError if it is not locked, or the class has a method that cannot
	 * be
	 * @throws IllegalArgumentException if there is no such method, or several
	 */
	public static void assertLocked(Class<?> type, String method, String... properties) {
		List<Method> found = Arrays.stream(ReflectionUtils.getUniqueDeclaredMethods(type))
			.filter((candidate) -> candidate.getName().equals(method) && !candidate.isBridge())
			.toList();
		Assert.isTrue(found.size() == 1,
				() -> "%s has %d methods of the name '%s'".formatted(type.getName(), found.size(), method));
		check(type, found.get(0), properties);
	}

	/**
	 * Assert that a method is locked when Spring calls it, as above.
	 * @param <T> the class of the bean
	 * @param type the class of the bean
	 * @param method the method, such as {@code InvoiceJob::send}
	 * @param properties what the annotations resolve
	 * @throws AssertionError if it is not locked, or the class has a method that cannot
	 * be
	 */
	public static <T> void assertLocked(Class<T> type, JobTester.Work<? super T> method, String... properties) {
		check(type, called(type, method), properties);
	}

	private static void check(Class<?> type, Method method, String... properties) {
		String where = type.getName() + "." + method.getName() + "()";
		if (AnnotatedElementUtils.findMergedAnnotation(method, DistributedScheduled.class) == null) {
			throw new AssertionError(
					where + " is not locked: it is not annotated. Put @DistributedScheduled on the method.");
		}
		Assert.isTrue(!type.isInterface() && !Modifier.isAbstract(type.getModifiers()),
				() -> type.getName() + " is no class of a bean: it is abstract");
		try {
			JobTester.of(objenesis.newInstance(type), properties).close();
		}
		catch (RuntimeException ex) {
			throw new AssertionError(
					where + " is not locked, because the application would not start: " + ex.getMessage(), ex);
		}
	}

	/**
	 * Find out which method is meant, without running it.
	 */
	private static <T> Method called(Class<T> type, JobTester.Work<? super T> method) {
		AtomicReference<@Nullable Method> called = new AtomicReference<>();
		ProxyFactory factory = new ProxyFactory();
		factory.setTargetClass(type);
		factory.setProxyTargetClass(true);
		factory.addAdvice((MethodInterceptor) (invocation) -> {
			called.set(invocation.getMethod());
			Class<?> result = invocation.getMethod().getReturnType();
			return (result.isPrimitive() && result != void.class) ? Array.get(Array.newInstance(result, 1), 0) : null;
		});
		try {
			method.run(type.cast(factory.getProxy(type.getClassLoader())));
		}
		catch (Exception ex) {
			throw new AssertionError(
					"No method of " + type.getName()
							+ " was called that could be locked: a method must not be final, and neither its class.",
					ex);
		}
		Method found = called.get();
		if (found == null) {
			throw new AssertionError("No method of " + type.getName()
					+ " was called that could be locked: a method must not be final, private or static.");
		}
		return found;
	}

}
