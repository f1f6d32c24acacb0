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

package io.github.lockstarter.wiring;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.util.List;

import org.springframework.aop.config.AopConfigUtils;
import org.springframework.beans.factory.annotation.Lookup;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.scheduling.annotation.Schedules;

import io.github.lockstarter.DistributedScheduled;
import io.github.lockstarter.wiring.base.Base;

/**
 * Where a job is declared, and on what kind of class.
 */
public final class Declarations {

	private static final String BYPASSES = "a call of it bypasses the proxy";

	private static final String NOT_SCHEDULED = "is annotated with @DistributedScheduled but not with @Scheduled";

	private Declarations() {
	}

	static List<Wiring> rows() {
		return List.of(Wiring.of("a public method", PublicMethod.class).locked(),
				Wiring.of("a protected method", ProtectedMethod.class).locked(),
				Wiring.of("a package-private method", PackagePrivateMethod.class).locked(),
				Wiring.of("a private method", PrivateMethod.class).refused("run()", "is private", BYPASSES),
				Wiring.of("a final method", FinalMethod.class).refused("run()", "is final", BYPASSES),
				Wiring.of("a static method", StaticMethod.class).refused("run()", "is static", BYPASSES),
				Wiring.of("inherited within its package", Base.Concrete.class).locked(),
				Wiring.of("inherited, package-private, from another package", FromOtherPackage.class)
					.refused("settle()", BYPASSES),
				Wiring
					.of("inherited, package-private, from another package, under a method of the same name",
							SameNameInOtherPackage.class)
					.refused("settle()", BYPASSES),
				Wiring.of("inherited, package-private, through another package and back", Base.Back.class).locked(),
				Wiring.of("inherited, package-private, by a class of another class loader")
					.set((context) -> OtherLoader.register(context, Base.Concrete.class))
					.refused("settle()", BYPASSES),
				Wiring.of("inherited, protected, from another package", ProtectedFromOtherPackage.class).locked(),
				Wiring.of("inherited, protected, by a class of another class loader")
					.set((context) -> OtherLoader.register(context, ProtectedFromOtherPackage.class))
					.locked(),
				Wiring.of("inherited, public, from a hidden class of another package", PublicFromOtherPackage.class)
					.locked(),
				Wiring.of("package-private, in a context with a class loader of its own", PackagePrivateMethod.class)
					.set((context) -> context.setClassLoader(new OtherLoader()))
					.locked(),
				Wiring.of("a template that is final", OfFinalTemplate.class).refused("settle()", "is final", BYPASSES),
				Wiring.of("a template", OfTemplate.class).locked(),
				Wiring.of("a generic template", OfGeneric.class).locked(),
				Wiring.of("overridden without the annotations", OverriddenWithout.class)
					.warns(NOT_SCHEDULED)
					.notFired(),
				Wiring.of("overridden without the annotations, called by hand", OverriddenWithout.class)
					.warns(NOT_SCHEDULED)
					.then((server) -> server.bean(OverriddenWithout.class).run())
					.lockedByHand(),
				Wiring.of("overridden with @Scheduled only", OverriddenWithSchedule.class).locked(),
				Wiring.of("overridden with both, calls the one that it overrides", OverriddenWithBoth.class).locked(2),
				Wiring.of("overridden by a final method", OverriddenFinal.class).refused("run()", "is final"),
				Wiring.of("overridden with the annotations, of a generic type", Covariant.class).locked(),
				Wiring.of("overridden without them, of a generic type", CovariantWithout.class)
					.warns(NOT_SCHEDULED)
					.notFired(),
				Wiring.of("a default method of an interface", OfDefault.class).locked(),
				Wiring
					.of("a default method of an interface, overridden with @Scheduled only", OfDefaultOverridden.class)
					.locked(),
				Wiring.of("a default method of an interface, behind a proxy of its class", OfDefault.class)
					.set(Declarations::proxyClasses)
					.locked(),
				Wiring.of("a static method of an interface", OfStaticOfInterface.class).refused("run()", "is static"),
				Wiring.of("a private method of an interface", OfPrivateOfInterface.class)
					.refused("run()", "is private"),
				Wiring.of("the lock on the interface, the schedule on the class", LockOnInterface.class).locked(),
				Wiring.of("both on a method of the interface that a class implements", BothOnInterface.class)
					.warns(NOT_SCHEDULED)
					.notFired(),
				Wiring.of("the schedule on the interface's default method, the lock nowhere", ScheduledDefault.class)
					.unlocked(Unseen.NO_JOB),
				Wiring.of("behind its interface", BehindInterface.class).locked(),
				Wiring.of("final, behind its interface", FinalBehindInterface.class).locked(),
				Wiring.of("not on the interface of its class", NotOnInterface.class).locked(),
				Wiring.of("two schedules on one method", TwoSchedules.class).locked(2),
				Wiring.of("@Schedules", InSchedules.class).locked(2),
				Wiring.of("an annotation that carries both", Composed.class).locked(),
				Wiring.of("an annotation that carries the lock", ComposedLock.class).locked(),
				Wiring.of("an annotation that carries another that carries both", ComposedTwice.class).locked(),
				Wiring.of("a final class", FinalClass.class).refused("run()", "belongs to a final class"),
				Wiring.of("a final class behind its interface", FinalClassBehindInterface.class).locked(),
				Wiring.of("a record", ARecord.class).refused("run()", "belongs to a record"),
				Wiring.of("a record behind its interface", RecordBehindInterface.class).locked(),
				Wiring.of("an enum", EnumBean.class).refused("AnEnum"),
				Wiring.of("an enum with a body, behind its interface", EnumBehindInterface.class).locked(),
				Wiring.of("a sealed class", SealedBean.class).refused("Sealed"),
				Wiring.of("an inner class", InnerBean.class).locked(),
				Wiring.of("an anonymous class", AnonymousBean.class).locked(),
				Wiring.of("a lambda of an interface with a job", LambdaBean.class).locked(),
				Wiring.of("a lambda of an interface with a job, where classes are proxied", LambdaBean.class)
					.set(Declarations::proxyClasses)
					.locked(),
				Wiring.of("a class without a constructor that could be called", NoConstructor.class).locked(),
				Wiring.of("a class with a private constructor", PrivateConstructor.class).refused("PrivateConstructor"),
				Wiring.of("a configuration class", FullConfiguration.class).locked(),
				Wiring.of("a configuration class without proxies of its bean methods", LiteConfiguration.class)
					.locked(),
				Wiring.of("a static method of a configuration class", StaticOfConfiguration.class)
					.refused("run()", "is static"),
				Wiring.of("a method that makes a bean, too", BeanMethod.class).runs("MANUAL"),
				Wiring.of("a class with a method that looks up beans", WithLookup.class).locked(),
				Wiring.of("two beans of one class", TwoBeans.class).locked(2),
				Wiring.of("one bean with two names", TwoNames.class).locked(),
				Wiring.of("a job and a plain schedule on one bean", BesidePlain.class)
					.runs(Unseen.NO_JOB, "SCHEDULE", "UNLOCKED"),
				Wiring.of("a method that is named like one of every object", HashCode.class)
					.refused("hashCode()", "is answered by the proxy itself"));
	}

	static void proxyClasses(AnnotationConfigApplicationContext context) {
		AopConfigUtils.registerAutoProxyCreatorIfNecessary(context);
		AopConfigUtils.forceAutoProxyCreatorToUseClassProxying(context);
	}

	static class PublicMethod {

		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled
		public void run() {
			Body.run();
		}

	}

	static class ProtectedMethod {

		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled
		protected void run() {
			Body.run();
		}

	}

	static class PackagePrivateMethod {

		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled
		void run() {
			Body.run();
		}

	}

	static class PrivateMethod {

		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled
		private void run() {
			Body.run();
		}

	}

	static class FinalMethod {

		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled
		final void run() {
			Body.run();
		}

	}

	static class StaticMethod {

		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled
		static void run() {
			Body.run();
		}

	}

	static class FromOtherPackage extends Base.PackagePrivate {

	}

	static class SameNameInOtherPackage extends Base.PackagePrivate {

		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled("of-this-package")
		void settle() {
			Body.run();
		}

	}

	/**
	 * Inherits a job that it could not override.
	 */
	public static class Middle extends Base.PackagePrivate {

	}

	/**
	 * Inherits a job that it can override.
	 */
	public static class ProtectedFromOtherPackage extends Base.Protected {

	}

	static class PublicFromOtherPackage extends Base.PublicMethod {

	}

	static class OfFinalTemplate extends Base.FinalTemplate {

		@Override
		protected void work() {
			Body.run();
		}

	}

	static class OfTemplate extends Base.Template {

		@Override
		protected void work() {
			Body.run();
		}

	}

	abstract static class Generic<T> {

		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled
		T run() {
			return work();
		}

		abstract T work();

	}

	static class OfGeneric extends Generic<String> {

		@Override
		String work() {
			Body.run();
			return "";
		}

	}

	static class OverriddenWithout extends PublicMethod {

		@Override
		public void run() {
			Body.run();
		}

	}

	static class OverriddenWithSchedule extends PublicMethod {

		@Override
		@Scheduled(cron = "0 0 4 * * *")
		public void run() {
			Body.run();
		}

	}

	static class OverriddenWithBoth extends PublicMethod {

		@Override
		@Scheduled(cron = "0 0 4 * * *")
		@DistributedScheduled
		public void run() {
			Body.run();
			super.run();
		}

	}

	static class OverriddenFinal extends PublicMethod {

		@Override
		@Scheduled(cron = "0 0 4 * * *")
		public final void run() {
			Body.run();
		}

	}

	abstract static class AbstractGeneric<T> {

		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled
		public abstract T run();

	}

	static class Covariant extends AbstractGeneric<String> {

		@Override
		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled
		public String run() {
			Body.run();
			return "";
		}

	}

	static class CovariantWithout extends AbstractGeneric<String> {

		@Override
		public String run() {
			Body.run();
			return "";
		}

	}

	interface WithDefault {

		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled
		default void run() {
			Body.run();
		}

	}

	static class OfDefault implements WithDefault {

	}

	static class OfDefaultOverridden implements WithDefault {

		@Override
		@Scheduled(cron = "0 0 4 * * *")
		public void run() {
			Body.run();
		}

	}

	interface WithStatic {

		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled
		static void run() {
			Body.run();
		}

	}

	static class OfStaticOfInterface implements WithStatic {

	}

	interface WithPrivate {

		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled
		private void run() {
			Body.run();
		}

	}

	static class OfPrivateOfInterface implements WithPrivate {

	}

	interface Lockable {

		@DistributedScheduled
		void run();

	}

	static class LockOnInterface implements Lockable {

		@Override
		@Scheduled(cron = "0 0 3 * * *")
		public void run() {
			Body.run();
		}

	}

	interface Both {

		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled
		void run();

	}

	static class BothOnInterface implements Both {

		@Override
		public void run() {
			Body.run();
		}

	}

	interface WithSchedule {

		@Scheduled(cron = "0 0 3 * * *")
		default void run() {
			Body.run();
		}

	}

	static class ScheduledDefault implements WithSchedule {

	}

	static class BehindInterface implements Runnable {

		@Override
		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled
		public void run() {
			Body.run();
		}

	}

	static class FinalBehindInterface implements Runnable {

		@Override
		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled
		public final void run() {
			Body.run();
		}

	}

	static class NotOnInterface implements Comparable<NotOnInterface> {

		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled
		public void run() {
			Body.run();
		}

		@Override
		public int compareTo(NotOnInterface other) {
			return 0;
		}

	}

	static class TwoSchedules {

		@Scheduled(cron = "0 0 3 * * *")
		@Scheduled(cron = "0 0 4 * * *")
		@DistributedScheduled
		void run() {
			Body.run();
		}

	}

	static class InSchedules {

		@Schedules({ @Scheduled(cron = "0 0 3 * * *"), @Scheduled(fixedRate = 3_600_000) })
		@DistributedScheduled
		void run() {
			Body.run();
		}

	}

	@Target({ ElementType.METHOD, ElementType.ANNOTATION_TYPE })
	@Retention(RetentionPolicy.RUNTIME)
	@Scheduled(cron = "0 0 3 * * *")
	@DistributedScheduled
	@interface Nightly {

	}

	static class Composed {

		@Nightly
		void run() {
			Body.run();
		}

	}

	@Target({ ElementType.METHOD, ElementType.ANNOTATION_TYPE })
	@Retention(RetentionPolicy.RUNTIME)
	@DistributedScheduled
	@interface Locked {

	}

	static class ComposedLock {

		@Locked
		@Scheduled(cron = "0 0 3 * * *")
		void run() {
			Body.run();
		}

	}

	@Target(ElementType.METHOD)
	@Retention(RetentionPolicy.RUNTIME)
	@Nightly
	@interface Settlement {

	}

	static class ComposedTwice {

		@Settlement
		void run() {
			Body.run();
		}

	}

	static final class FinalClass {

		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled
		public void run() {
			Body.run();
		}

	}

	static final class FinalClassBehindInterface implements Runnable {

		@Override
		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled
		public void run() {
			Body.run();
		}

	}

	record ARecord() {

		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled
		public void run() {
			Body.run();
		}

	}

	record RecordBehindInterface() implements Runnable {

		@Override
		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled
		public void run() {
			Body.run();
		}

	}

	enum AnEnum {

		ONE;

		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled
		public void run() {
			Body.run();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class EnumBean {

		@Bean
		AnEnum job() {
			return AnEnum.ONE;
		}

	}

	enum EnumWithInterface implements Runnable {

		ONE {

			@Override
			@Scheduled(cron = "0 0 3 * * *")
			@DistributedScheduled
			public void run() {
				Body.run();
			}

		}

	}

	@Configuration(proxyBeanMethods = false)
	static class EnumBehindInterface {

		@Bean
		Runnable job() {
			return EnumWithInterface.ONE;
		}

	}

	abstract static sealed class Sealed permits SealedJob {

		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled
		void run() {
			Body.run();
		}

	}

	static final class SealedJob extends Sealed {

	}

	@Configuration(proxyBeanMethods = false)
	static class SealedBean {

		@Bean
		Sealed job() {
			return new SealedJob();
		}

	}

	static class Outer {

		class Inner {

			@Scheduled(cron = "0 0 3 * * *")
			@DistributedScheduled
			void run() {
				Body.run();
			}

		}

	}

	@Configuration(proxyBeanMethods = false)
	static class InnerBean {

		@Bean
		Outer.Inner job() {
			return new Outer().new Inner();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class AnonymousBean {

		@Bean
		Object job() {
			return new Object() {

				@Scheduled(cron = "0 0 3 * * *")
				@DistributedScheduled
				void run() {
					Body.run();
				}

			};
		}

	}

	interface Functional {

		void work();

		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled
		default void run() {
			work();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class LambdaBean {

		@Bean
		Functional job() {
			return Body::run;
		}

	}

	static class Needy {

		Needy(String needed) {
			if (needed.isEmpty()) {
				throw new IllegalArgumentException("empty");
			}
		}

		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled
		void run() {
			Body.run();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class NoConstructor {

		@Bean
		Needy job() {
			return new Needy("something");
		}

	}

	static class PrivateConstructor {

		private PrivateConstructor() {
		}

		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled
		void run() {
			Body.run();
		}

	}

	@Configuration
	static class FullConfiguration {

		@Bean
		String text() {
			return "";
		}

		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled
		void run() {
			Body.run();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class LiteConfiguration {

		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled
		void run() {
			Body.run();
		}

	}

	@Configuration
	static class StaticOfConfiguration {

		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled
		static void run() {
			Body.run();
		}

	}

	@Configuration
	static class BeanMethod {

		@Bean
		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled
		String run() {
			Body.run();
			return "";
		}

	}

	abstract static class WithLookup {

		@Lookup
		abstract Needed needed();

		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled
		void run() {
			Body.run();
		}

	}

	static class Needed {

	}

	@Configuration(proxyBeanMethods = false)
	static class TwoBeans {

		@Bean
		PublicMethod east() {
			return new PublicMethod();
		}

		@Bean
		PublicMethod west() {
			return new PublicMethod();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class TwoNames {

		@Bean({ "east", "west" })
		PublicMethod job() {
			return new PublicMethod();
		}

	}

	static class BesidePlain {

		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled
		void job() {
			Body.run();
		}

		@Scheduled(cron = "0 0 4 * * *")
		void plain() {
			Body.run();
		}

	}

	static class HashCode {

		@Override
		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled
		public int hashCode() {
			Body.run();
			return 1;
		}

		@Override
		public boolean equals(Object other) {
			return this == other;
		}

	}

}
