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

import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;

import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.InitializingBean;
import org.springframework.scheduling.annotation.Scheduled;

import io.github.lockstarter.DistributedScheduled;
import io.github.lockstarter.run.elsewhere.InheritedJobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Whether a method is locked, without running it.
 */
class JobAssertTests {

	private static boolean hasRun;

	@Test
	void aLockedMethodIsFoundByItsName() {
		JobAssert.assertLocked(Locked.class, "run");
		JobAssert.assertLocked(Locked.class, "nightly");
		JobAssert.assertLocked(Derived.class, "run");
		JobAssert.assertLocked(WithPlaceholder.class, "run", "some.lease=5m");
		assertThat(hasRun).isFalse();
	}

	@Test
	void aLockedMethodIsFoundByItsReference() {
		JobAssert.assertLocked(Locked.class, Locked::run);
		JobAssert.assertLocked(Locked.class, Locked::nightly);
		JobAssert.assertLocked(Locked.class, Locked::count);
		JobAssert.assertLocked(WithPlaceholder.class, WithPlaceholder::run, "some.lease=5m");
		assertThat(hasRun).isFalse();
	}

	@Test
	void aMethodWithoutTheAnnotationIsNotLocked() {
		assertThatExceptionOfType(AssertionError.class).isThrownBy(() -> JobAssert.assertLocked(Locked.class, "plain"))
			.withMessage(Locked.class.getName()
					+ ".plain() is not locked: it is not annotated. Put @DistributedScheduled on the method.");
		assertThatExceptionOfType(AssertionError.class)
			.isThrownBy(() -> JobAssert.assertLocked(Locked.class, Locked::plain))
			.withMessageContaining("it is not annotated");
	}

	@Test
	void aMethodThatWouldBypassItsLockIsNotLocked() {
		assertThatExceptionOfType(AssertionError.class)
			.isThrownBy(() -> JobAssert.assertLocked(FinalMethod.class, "run"))
			.withMessageContaining("is not locked, because the application would not start: ")
			.withMessageContaining("Make the method non-final");
		assertThatExceptionOfType(AssertionError.class)
			.isThrownBy(() -> JobAssert.assertLocked(FinalMethod.class, FinalMethod::run))
			.withMessageContaining("must not be final");
		assertThatExceptionOfType(AssertionError.class)
			.isThrownBy(() -> JobAssert.assertLocked(FromElsewhere.class, "settle"))
			.withMessageContaining("is not locked, because the application would not start: ")
			.withMessageContaining("Make the method public or protected");
		assertThatExceptionOfType(AssertionError.class)
			.isThrownBy(() -> JobAssert.assertLocked(FinalClass.class, "run"))
			.withMessageContaining("is not locked, because the application would not start: ");
		assertThatExceptionOfType(AssertionError.class)
			.isThrownBy(() -> JobAssert.assertLocked(FinalClass.class, FinalClass::run));
	}

	@Test
	void aNameThatIsNoMethodIsNoAnswer() {
		assertThatIllegalArgumentException().isThrownBy(() -> JobAssert.assertLocked(Locked.class, "ran"))
			.withMessageContaining("has 0 methods of the name 'ran'");
		assertThatIllegalArgumentException().isThrownBy(() -> JobAssert.assertLocked(Abstract.class, "run"))
			.withMessageContaining("is no class of a bean");
	}

	@Scheduled(cron = "0 0 3 * * *")
	@DistributedScheduled
	@Retention(RetentionPolicy.RUNTIME)
	@interface NightlyJob {

	}

	static class Locked implements InitializingBean {

		Locked(String needed) {
			hasRun = true;
		}

		@Override
		public void afterPropertiesSet() {
			hasRun = true;
		}

		@DistributedScheduled
		void run() {
			hasRun = true;
		}

		@NightlyJob
		void nightly() {
			hasRun = true;
		}

		@DistributedScheduled
		int count() {
			hasRun = true;
			return 1;
		}

		void plain() {
			hasRun = true;
		}

	}

	static class Derived extends Locked {

		Derived() {
			super("");
		}

	}

	static class WithPlaceholder {

		@DistributedScheduled(lease = "${some.lease}")
		void run() {
			hasRun = true;
		}

	}

	static class FinalMethod {

		@DistributedScheduled
		final void run() {
		}

	}

	static class FromElsewhere extends InheritedJobs.PackagePrivate {

	}

	static final class FinalClass {

		@DistributedScheduled
		void run() {
		}

	}

	abstract static class Abstract {

		@DistributedScheduled
		void run() {
		}

	}

}
