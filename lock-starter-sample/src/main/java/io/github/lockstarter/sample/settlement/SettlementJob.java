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

package io.github.lockstarter.sample.settlement;

import java.util.List;

import io.github.lockstarter.DistributedScheduled;
import io.github.lockstarter.JobRun;
import io.github.lockstarter.sample.runlog.RunLog;

import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/**
 * Pays the merchants. All servers fire at the same times, and each of these ticks is run
 * by one of them.
 */
@Component
class SettlementJob {

	private final OrderFile orders;

	private final SettlementLedger ledger;

	private final RunLog runLog;

	SettlementJob(OrderFile orders, SettlementLedger ledger, RunLog runLog) {
		this.orders = orders;
		this.ledger = ledger;
		this.runLog = runLog;
	}

	@Scheduled(cron = "${sample.settlement.cron:*/2 * * * * *}")
	@DistributedScheduled("settlement")
	void settle() {
		this.runLog.record(() -> {
			List<Settlement> settlements = Settlement.of(this.orders.read());
			this.ledger.book(JobRun.current(), settlements);
			return "booked " + settlements.size() + " merchants";
		});
	}

}
