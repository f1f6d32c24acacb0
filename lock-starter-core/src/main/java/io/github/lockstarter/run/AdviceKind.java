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

import org.aopalliance.aop.Advice;
import org.jspecify.annotations.Nullable;

/**
 * The kinds of Spring's advice that have a place of their own beside the lock. They are
 * known by name, because most applications do not have all of them.
 */
enum AdviceKind {

	ASYNC("@Async", "org.springframework.aop.interceptor.AsyncExecutionInterceptor"),

	CONCURRENCY_LIMIT("@ConcurrencyLimit", "org.springframework.resilience.annotation.ConcurrencyLimit"),

	TRANSACTION("a transaction", "org.springframework.transaction.interceptor.TransactionAspectSupport"),

	RETRY("a retry", "org.springframework.resilience.retry.", "org.springframework.retry.");

	private final String text;

	private final String name;

	private final String otherName;

	AdviceKind(String text, String name) {
		this(text, name, name);
	}

	AdviceKind(String text, String name, String otherName) {
		this.text = text;
		this.name = name;
		this.otherName = otherName;
	}

	/**
	 * Determine whether advice is of this kind, or made from it.
	 */
	boolean is(@Nullable Advice advice) {
		for (Class<?> type = (advice != null) ? advice.getClass() : null; type != null; type = type.getSuperclass()) {
			if (type.getName().startsWith(this.name) || type.getName().startsWith(this.otherName)) {
				return true;
			}
		}
		return false;
	}

	/**
	 * Determine whether the lock has to be inside of this advice.
	 */
	static boolean isOutside(@Nullable Advice advice) {
		return ASYNC.is(advice) || CONCURRENCY_LIMIT.is(advice);
	}

	/**
	 * Determine whether the lock has to be outside of this advice.
	 */
	static boolean isInside(@Nullable Advice advice) {
		return TRANSACTION.is(advice) || RETRY.is(advice);
	}

	/**
	 * Return the name of advice, for a message.
	 */
	static String of(@Nullable Advice advice) {
		for (AdviceKind kind : values()) {
			if (kind.is(advice)) {
				return kind.text;
			}
		}
		return String.valueOf(advice);
	}

}
