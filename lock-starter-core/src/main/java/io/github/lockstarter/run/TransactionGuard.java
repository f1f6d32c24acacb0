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

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.BeanFactoryAware;
import org.springframework.beans.factory.BeanFactoryUtils;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.transaction.ConfigurableTransactionManager;
import org.springframework.transaction.TransactionExecution;
import org.springframework.transaction.TransactionExecutionListener;
import org.springframework.transaction.TransactionManager;

/**
 * Keeps a run that has lost its lock from committing. An interrupt is only a request: a
 * JDBC loop was seen to go on for seconds. This is the last look before the commit, and
 * it rolls back. It covers every transaction that begins inside the method, by annotation
 * or by hand, on every transaction manager that takes listeners.
 */
final class TransactionGuard implements BeanPostProcessor, SmartInitializingSingleton, BeanFactoryAware {

	private static final Logger logger = LoggerFactory.getLogger(TransactionGuard.class);

	private static final TransactionExecutionListener ASSERT_LOCK_HELD = new AssertLockHeld();

	private @Nullable BeanFactory beanFactory;

	@Override
	public void setBeanFactory(BeanFactory beanFactory) {
		this.beanFactory = beanFactory;
	}

	@Override
	public Object postProcessAfterInitialization(Object bean, String beanName) {
		if (bean instanceof TransactionManager manager) {
			guard(manager, beanName);
		}
		return bean;
	}

	/**
	 * A manager that another post-processor needs is made before this one; one of a
	 * parent context has never come by.
	 */
	@Override
	public void afterSingletonsInstantiated() {
		if (this.beanFactory instanceof ListableBeanFactory listable) {
			BeanFactoryUtils.beansOfTypeIncludingAncestors(listable, TransactionManager.class, false, false)
				.forEach((beanName, manager) -> guard(manager, beanName));
		}
	}

	private static void guard(TransactionManager manager, String beanName) {
		if (!(manager instanceof ConfigurableTransactionManager configurable)) {
			logger.debug(
					"The transaction manager '{}' takes no listeners: a job that has lost its lock can commit there.",
					beanName);
		}
		else if (!configurable.getTransactionExecutionListeners().contains(ASSERT_LOCK_HELD)) {
			configurable.addListener(ASSERT_LOCK_HELD);
		}
	}

	private static final class AssertLockHeld implements TransactionExecutionListener {

		@Override
		public void beforeCommit(TransactionExecution transaction) {
			ActiveRun.assertLockHeldIfRunning();
		}

	}

}
