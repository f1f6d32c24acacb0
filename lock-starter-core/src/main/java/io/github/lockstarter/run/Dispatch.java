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

package io.github.lockstarter.run;

import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import java.util.Arrays;

import org.jspecify.annotations.Nullable;

import org.springframework.aop.support.AopUtils;
import org.springframework.util.ReflectionUtils;

/**
 * Whether a call of a method on a proxy comes to the proxy, by the rule of the JVM: its
 * class has to override the method. A method that it does not override runs on the proxy
 * object itself, without any advice.
 */
final class Dispatch {

	private Dispatch() {
	}

	/**
	 * Return why a call of a method bypasses a proxy.
	 * @param proxy the class of the finished proxy
	 * @param method the method of the class behind it
	 * @return what is wrong with the method; {@code null} if calls of it come to the
	 * proxy
	 */
	static @Nullable Bypass bypass(Class<?> proxy, Method method) {
		if (Modifier.isPrivate(method.getModifiers())) {
			return new Bypass("is private", "Make the method non-private, and public or package-private.");
		}
		if (Modifier.isStatic(method.getModifiers())) {
			return new Bypass("is static", "Make the method non-static, and public or package-private.");
		}
		if (AopUtils.isHashCodeMethod(method) || AopUtils.isEqualsMethod(method) || AopUtils.isFinalizeMethod(method)) {
			return new Bypass("is answered by the proxy itself", "Give the method a name of its own.");
		}
		// A JDK proxy calls the target through its interface, so a final method is fine
		if (Proxy.isProxyClass(proxy) || isOverridden(proxy, method)) {
			return null;
		}
		if (Modifier.isFinal(method.getModifiers())) {
			return new Bypass("is final", "Make the method non-final, and public or package-private.");
		}
		return isVisible(proxy, method)
				? new Bypass("is not overridden by the proxy",
						"Let Spring make the proxy of this bean, or make the method public.")
				: new Bypass(
						"is package-private in another package or class loader than " + proxy.getSuperclass().getName(),
						"Make the method public or protected, or override it in the class of the bean.");
	}

	private static boolean isOverridden(Class<?> proxy, Method method) {
		Method own = declared(proxy, method);
		return own != null && (proxy == method.getDeclaringClass() || overrides(own, method));
	}

	/**
	 * A method overrides another one directly, or by way of a method in between.
	 */
	private static boolean overrides(Method own, Method method) {
		if (isVisible(own.getDeclaringClass(), method)) {
			return true;
		}
		for (Class<?> type = own.getDeclaringClass().getSuperclass(); type != null
				&& type != method.getDeclaringClass(); type = type.getSuperclass()) {
			Method between = declared(type, method);
			if (between != null && isVisible(type, method) && overrides(own, between)) {
				return true;
			}
		}
		return false;
	}

	private static @Nullable Method declared(Class<?> type, Method method) {
		return Arrays.stream(ReflectionUtils.getDeclaredMethods(type))
			.filter((candidate) -> candidate.getName().equals(method.getName())
					&& candidate.getReturnType() == method.getReturnType()
					&& Arrays.equals(candidate.getParameterTypes(), method.getParameterTypes())
					&& (candidate.getModifiers() & (Modifier.PRIVATE | Modifier.STATIC)) == 0)
			.findFirst()
			.orElse(null);
	}

	private static boolean isVisible(Class<?> type, Method method) {
		Class<?> declaring = method.getDeclaringClass();
		return (method.getModifiers() & (Modifier.PUBLIC | Modifier.PROTECTED)) != 0
				|| (declaring.getClassLoader() == type.getClassLoader()
						&& declaring.getPackageName().equals(type.getPackageName()));
	}

	/**
	 * Why a call bypasses a proxy.
	 *
	 * @param reason what the method is, such as "is final"
	 * @param remedy what to do
	 */
	record Bypass(String reason, String remedy) {

	}

}
