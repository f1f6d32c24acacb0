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

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.transaction.support.TransactionSynchronizationManager;
import org.springframework.util.ClassUtils;

import io.github.lockstarter.schedule.Fire;

/**
 * A transaction that code has opened around the call of a job. The lock would be released
 * before the commit, so that the next run does not see what this one has written.
 */
final class OpenTransaction {

	private static final Logger logger = LoggerFactory.getLogger(OpenTransaction.class);

	private static final boolean present = ClassUtils.isPresent(
			"org.springframework.transaction.support.TransactionSynchronizationManager",
			OpenTransaction.class.getClassLoader());

	/** Each job is told once whether it is fired so, and whether it is called so. */
	private final Set<String> told = ConcurrentHashMap.newKeySet();

	/**
	 * Determine whether a transaction is open on this thread.
	 */
	static boolean isOnThread() {
		return present && Transactions.isOpen();
	}

	/**
	 * Determine whether a job may be run all the same. Who calls it by hand may know what
	 * it does.
	 */
	boolean allows(Job job, @Nullable Fire fire) {
		if (fire == null) {
			if (this.told.add("call " + job.name())) {
				logger.warn("{} is called by hand inside a transaction that is open already. Its lock is released "
						+ "before that is committed, so another run may begin without seeing what this one has "
						+ "written. Call it outside of the transaction.", job.where());
			}
			return true;
		}
		if (this.told.add("fire " + job.name())) {
			logger
				.error("{} is not run, because a transaction is open around its fire: it would be committed after the "
						+ "lock is released. Open the transaction inside the job, with @Transactional on its method or "
						+ "a TransactionTemplate in it, and not around it.", job.where());
		}
		return false;
	}

	/**
	 * Not loaded where there are no transactions.
	 */
	private static final class Transactions {

		static boolean isOpen() {
			return TransactionSynchronizationManager.isActualTransactionActive();
		}

	}

}
