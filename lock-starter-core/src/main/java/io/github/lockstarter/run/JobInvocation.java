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

import java.util.List;

import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;

import org.springframework.aop.ProxyMethodInvocation;
import org.springframework.aop.framework.ReflectiveMethodInvocation;

/**
 * A call of a job's method, from our outermost advice to the method itself. All other
 * advice sees this invocation or a clone of it, and never the one that Spring made.
 * <p>
 * So the method is reached by {@link #invokeJoinpoint()} only, however often, how late
 * and on whichever thread advice proceeds, with a clone or without. And only a clone that
 * was made by the lock carries the permission to call it.
 */
final class JobInvocation extends ReflectiveMethodInvocation {

	private static final ThreadLocal<@Nullable JobInvocation> HANDED_ON = new ThreadLocal<>();

	private final JobEntry entry;

	private final JobCall call;

	private @Nullable Permission permission;

	/**
	 * Create an invocation.
	 * @param origin the invocation that Spring has made
	 * @param rest the advice that follows
	 * @param entry our advice that begins it
	 * @param call what was decided about it
	 */
	JobInvocation(MethodInvocation origin, List<Object> rest, JobEntry entry, JobCall call) {
		super(((ProxyMethodInvocation) origin).getProxy(), origin.getThis(), origin.getMethod(), origin.getArguments(),
				(origin.getThis() != null) ? origin.getThis().getClass() : null, rest);
		this.entry = entry;
		this.call = call;
	}

	/**
	 * Go on with a clone that may call the method.
	 */
	@Nullable Object proceed(Permission permission) throws Throwable {
		JobInvocation clone = (JobInvocation) invocableClone();
		clone.permission = permission;
		return clone.proceed();
	}

	/**
	 * Let this invocation go on where another one has come to the proxy that it is on.
	 */
	@Nullable Object proceedAs(JobInvocation other) throws Throwable {
		this.permission = other.permission;
		return proceed();
	}

	JobCall call() {
		return this.call;
	}

	/**
	 * Return the invocation that calls a proxy inside of its own, on this thread, now.
	 * @param place the job
	 * @return {@code null} if the proxy is called from elsewhere
	 */
	static @Nullable JobInvocation handedOn(Jobs.Place place) {
		JobInvocation outer = HANDED_ON.get();
		HANDED_ON.remove();
		return (outer != null && outer.entry.place().equals(place)) ? outer : null;
	}

	@Override
	protected @Nullable Object invokeJoinpoint() throws Throwable {
		if (!this.entry.isInnermost()) {
			HANDED_ON.set(this);
			try {
				return super.invokeJoinpoint();
			}
			finally {
				HANDED_ON.remove();
			}
		}
		Permission permission = this.permission;
		if (permission == null) {
			throw new IllegalStateException(
					("%s is not called, because it has no lock. Advice in front of its lock has gone on with a call "
							+ "whose lock was refused, or has been released since. Let that advice proceed once, or "
							+ "with a clone of the invocation, which asks for the lock again.")
						.formatted(this.entry.where()));
		}
		return permission.call(super::invokeJoinpoint);
	}

	/**
	 * The permission to call the method of a job.
	 */
	interface Permission {

		@Nullable Object call(ActiveRun.Body method) throws Throwable;

	}

}
