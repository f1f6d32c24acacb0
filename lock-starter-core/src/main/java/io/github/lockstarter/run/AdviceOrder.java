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
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.Supplier;

import org.aopalliance.aop.Advice;
import org.jspecify.annotations.Nullable;

import org.springframework.aop.Advisor;
import org.springframework.aop.Pointcut;
import org.springframework.aop.PointcutAdvisor;
import org.springframework.aop.framework.Advised;
import org.springframework.aop.framework.AopProxyUtils;
import org.springframework.aop.support.AopUtils;
import org.springframework.aop.support.DefaultPointcutAdvisor;
import org.springframework.aop.support.MethodMatchers;
import org.springframework.aop.support.StaticMethodMatcherPointcut;

import io.github.lockstarter.InvalidJobException;

/**
 * Puts the lock of each job where it belongs among the advice of its bean, once all
 * proxies of the bean are complete: exactly once, however many of them there are.
 * <p>
 * The order is that of the application, in which the lock has a place like any other
 * advice. It has to be outside of a transaction, so that nobody runs before the commit,
 * and outside of a retry: one tick is one run, however many attempts that takes. And it
 * has to be on the thread that does the work, inside of {@code @Async}, and inside of
 * {@code @ConcurrencyLimit}, or it would be held while the call waits for its turn.
 */
final class AdviceOrder {

	private final List<Advised> proxies;

	private final String beanName;

	private final Class<?> type;

	private AdviceOrder(List<Advised> proxies, String beanName, Class<?> type) {
		this.proxies = proxies;
		this.beanName = beanName;
		this.type = type;
	}

	/**
	 * Give the lock to a proxy that has not got it, because no creator of proxies has
	 * made it.
	 * @param bean the bean
	 * @param lock what advises jobs
	 */
	static void complete(Object bean, Supplier<Advisor> lock) {
		List<Advised> proxies = proxies(bean);
		if (!proxies.isEmpty() && !isArranged(bean)
				&& proxies.stream().noneMatch((proxy) -> proxy.isFrozen() || marker(proxy) != null)) {
			proxies.get(proxies.size() - 1).addAdvisor(lock.get());
		}
	}

	/**
	 * Arrange the advice of a bean.
	 * @param bean the bean, with its proxies
	 * @param beanName the name of the bean
	 * @param type its class
	 * @param jobs its methods that are jobs
	 * @throws InvalidJobException if one of them cannot have its lock where it belongs
	 */
	static void arrange(Object bean, String beanName, Class<?> type, Collection<Method> jobs) {
		if (!isArranged(bean, beanName)) {
			Set<Method> methods = new LinkedHashSet<>();
			jobs.forEach((method) -> methods.add(AopUtils.getMostSpecificMethod(method, type)));
			new AdviceOrder(proxies(bean), beanName, type).arrange(methods);
		}
	}

	/**
	 * Check that the calls of a job can be locked.
	 * @throws InvalidJobException if they cannot
	 */
	static void check(Object bean, String beanName, Method job) {
		if (isArranged(bean, beanName)) {
			return;
		}
		String where = Job.where(beanName, job);
		List<Advised> proxies = proxies(bean);
		if (proxies.stream().anyMatch(Advised::isFrozen)) {
			throw new InvalidJobException(
					"%s is behind a proxy that is frozen, so its lock cannot be put where it belongs.".formatted(where),
					"Leave out 'frozen' of the proxy creator or the proxy, or move the method to a bean of its own.");
		}
		if (AopUtils.isAopProxy(bean) && proxies.isEmpty()) {
			throw new InvalidJobException(
					"%s is behind a proxy that is opaque, so its lock cannot be put where it belongs.".formatted(where),
					"Leave out 'opaque' of the proxy creator or the proxy, or move the method to a bean of its own.");
		}
		if (proxies.stream().noneMatch((proxy) -> marker(proxy) != null)) {
			throw new InvalidJobException(
					"%s is not proxied, so the job would run on every server, without its lock.".formatted(where),
					"Usually the bean takes part in a circular reference or is made too early, because a "
							+ "BeanPostProcessor or an Advisor depends on it. Move the method to a bean of its own "
							+ "that nothing of that kind needs.");
		}
	}

	/**
	 * Determine whether the calls of a method of a bean are locked.
	 * @param job the method of its class
	 */
	static boolean isArranged(Object bean, String beanName, Method job) {
		Jobs.Place place = new Jobs.Place(beanName, job);
		return bean instanceof Advised proxy
				&& entries(proxy).stream().anyMatch((entry) -> entry.place().equals(place));
	}

	/**
	 * Determine whether calls of a method on a proxy come to its lock.
	 * @param job the method of the class of the bean
	 */
	static boolean locks(Advised proxy, Method job) {
		return entries(proxy).stream().anyMatch((entry) -> entry.place().method().equals(job));
	}

	private static boolean isArranged(Object bean, String beanName) {
		return bean instanceof Advised proxy
				&& entries(proxy).stream().anyMatch((entry) -> entry.place().beanName().equals(beanName));
	}

	/**
	 * Determine whether an object is a proxy that locks calls of its jobs.
	 */
	static boolean isArranged(@Nullable Object bean) {
		return bean instanceof Advised proxy && !entries(proxy).isEmpty();
	}

	private static List<JobEntry> entries(Advised proxy) {
		List<JobEntry> entries = new ArrayList<>();
		for (Advisor advisor : proxy.getAdvisors()) {
			if (advisor.getAdvice() instanceof JobEntry entry) {
				entries.add(entry);
			}
		}
		return entries;
	}

	/**
	 * Return the proxies of a bean, the outermost first. One that belongs to another bean
	 * is none of them.
	 */
	static List<Advised> proxies(Object bean) {
		List<Advised> proxies = new ArrayList<>();
		Object next = bean;
		while (next instanceof Advised proxy && entries(proxy).isEmpty()) {
			proxies.add(proxy);
			next = AopProxyUtils.getSingletonTarget(proxy);
		}
		return proxies;
	}

	private static @Nullable DistributedScheduledInterceptor marker(Advised proxy) {
		for (Advisor advisor : proxy.getAdvisors()) {
			if (advisor.getAdvice() instanceof DistributedScheduledInterceptor marker) {
				return marker;
			}
		}
		return null;
	}

	private void arrange(Set<Method> jobs) {
		DistributedScheduledInterceptor marker = null;
		for (Advised proxy : this.proxies) {
			marker = (marker != null) ? marker : marker(proxy);
		}
		if (marker == null) {
			return;
		}
		List<Placed> placed = new ArrayList<>();
		for (Method method : jobs) {
			List<Spot> chain = chain(method);
			placed.add(new Placed(marker.lock(new Jobs.Place(this.beanName, method)), spot(chain, method),
					chain.stream().anyMatch((spot) -> AdviceKind.ASYNC.is(spot.advice()))));
		}
		for (int i = 0; i < this.proxies.size(); i++) {
			putIn(i, placed);
		}
	}

	/**
	 * Put the locks into one of the proxies, and what begins a call in front of all.
	 */
	private void putIn(int index, List<Placed> placed) {
		Advised proxy = this.proxies.get(index);
		for (int i = proxy.getAdvisors().length; i >= 0; i--) {
			if (i < proxy.getAdvisors().length
					&& proxy.getAdvisors()[i].getAdvice() instanceof DistributedScheduledInterceptor) {
				proxy.removeAdvisor(i);
			}
			for (Placed it : placed) {
				if (it.spot().proxy() == index && it.spot().index() == i) {
					proxy.addAdvisor(i, advisor(it.lock().place().method(), it.lock()));
				}
			}
		}
		boolean innermost = index == this.proxies.size() - 1;
		for (Placed it : placed) {
			proxy.addAdvisor(0, advisor(it.lock().place().method(), new JobEntry(it.lock(), innermost, it.async())));
		}
	}

	private Advisor advisor(Method job, Advice advice) {
		return new DefaultPointcutAdvisor(new JobPointcut(this.type, job), advice);
	}

	/**
	 * Return all advice of a method, through all proxies, the outermost first.
	 */
	private List<Spot> chain(Method method) {
		List<Spot> chain = new ArrayList<>();
		for (int i = 0; i < this.proxies.size(); i++) {
			Advisor[] advisors = this.proxies.get(i).getAdvisors();
			for (int j = 0; j < advisors.length; j++) {
				if (concerns(advisors[j], method)) {
					chain.add(new Spot(i, j, advisors[j].getAdvice()));
				}
			}
		}
		return chain;
	}

	private boolean concerns(Advisor advisor, Method method) {
		if (!(advisor instanceof PointcutAdvisor pointcutAdvisor)) {
			return true;
		}
		Pointcut pointcut = pointcutAdvisor.getPointcut();
		return pointcut.getClassFilter().matches(this.type)
				&& MethodMatchers.matches(pointcut.getMethodMatcher(), method, this.type, false);
	}

	/**
	 * Return the spot in front of which the lock belongs.
	 */
	private Spot spot(List<Spot> chain, Method method) {
		int lowest = last(chain, AdviceKind::isOutside) + 1;
		int highest = first(chain, AdviceKind::isInside);
		if (lowest > highest) {
			throw misplaced(method, chain.get(highest).advice(), chain.get(lowest - 1).advice());
		}
		int index = Math.max(lowest, Math.min(highest, natural(chain)));
		return (index == lowest && lowest > 0) ? chain.get(lowest - 1).next() : chain.get(index);
	}

	/**
	 * Return where the order of the application puts the lock. A proxy with nothing
	 * behind it has no say: what is in the proxy inside of it was put in order there.
	 */
	private static int natural(List<Spot> chain) {
		int natural = -1;
		for (int i = 0; i < chain.size(); i++) {
			if (chain.get(i).advice() instanceof DistributedScheduledInterceptor) {
				natural = i;
				if (i + 1 < chain.size() && chain.get(i + 1).proxy() == chain.get(i).proxy()) {
					break;
				}
			}
		}
		return natural;
	}

	private static int first(List<Spot> chain, Predicate<Advice> kind) {
		for (int i = 0; i < chain.size(); i++) {
			if (kind.test(chain.get(i).advice())) {
				return i;
			}
		}
		return chain.size();
	}

	private static int last(List<Spot> chain, Predicate<Advice> kind) {
		for (int i = chain.size() - 1; i >= 0; i--) {
			if (kind.test(chain.get(i).advice())) {
				return i;
			}
		}
		return -1;
	}

	private InvalidJobException misplaced(Method method, @Nullable Advice outer, @Nullable Advice inner) {
		return new InvalidJobException(
				("%s has %s outside of %s. Its lock belongs outside of the first and inside of the second, "
						+ "so there is no place for it.")
					.formatted(Job.where(this.beanName, method), AdviceKind.of(outer), AdviceKind.of(inner)),
				"Change the order of the two, or move what the method does to a bean of its own and call that.");
	}

	/**
	 * A piece of advice.
	 *
	 * @param proxy which of the proxies it is in
	 * @param index its place there
	 * @param advice what it is; {@code null} for the end
	 */
	private record Spot(int proxy, int index, @Nullable Advice advice) {

		Spot next() {
			return new Spot(this.proxy, this.index + 1, null);
		}

	}

	/**
	 * A lock and the spot that it is put in front of.
	 *
	 * @param lock the lock
	 * @param spot the spot
	 * @param async whether the job runs on another thread than that of its fire
	 */
	private record Placed(JobLock lock, Spot spot, boolean async) {

	}

	/**
	 * Matches one job, by whatever method of a proxy it is called.
	 */
	private static final class JobPointcut extends StaticMethodMatcherPointcut {

		private final Class<?> type;

		private final Method job;

		JobPointcut(Class<?> type, Method job) {
			this.type = type;
			this.job = job;
		}

		@Override
		public boolean matches(Method method, Class<?> targetClass) {
			return method.getName().equals(this.job.getName())
					&& AopUtils.getMostSpecificMethod(method, this.type).equals(this.job);
		}

	}

}
