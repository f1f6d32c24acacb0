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

package io.github.lockstarter.sample.rates;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;

import io.github.lockstarter.DistributedScheduled;
import io.github.lockstarter.sample.runlog.RunLog;

import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/**
 * Refreshes the exchange rates. Where a real server would ask a provider, this one lets
 * the rates move a little.
 */
@Component
class ExchangeRatesJob {

	private static final Map<String, Double> PER_EURO = Map.of("KRW", 1592.0, "USD", 1.09, "GBP", 0.85);

	private static final double LARGEST_MOVE = 0.01;

	private final JdbcClient jdbc;

	private final RunLog runLog;

	ExchangeRatesJob(JdbcClient jdbc, RunLog runLog) {
		this.jdbc = jdbc;
		this.runLog = runLog;
	}

	@Scheduled(fixedRateString = "${sample.rates.every:2s}")
	@DistributedScheduled("exchange-rates")
	void refresh() {
		this.runLog.record(() -> {
			PER_EURO.forEach((currency, rate) -> store(currency, moved(rate)));
			return "refreshed " + PER_EURO.size() + " rates";
		});
	}

	private static BigDecimal moved(double rate) {
		double move = ThreadLocalRandom.current().nextDouble(-LARGEST_MOVE, LARGEST_MOVE);
		return BigDecimal.valueOf(rate * (1 + move)).setScale(4, RoundingMode.HALF_UP);
	}

	private void store(String currency, BigDecimal perEuro) {
		this.jdbc.sql("""
				merge into exchange_rate (currency, per_euro, refreshed_at)
				key (currency) values (?, ?, ?)""")
			.params(currency, perEuro, Instant.now().atOffset(ZoneOffset.UTC))
			.update();
	}

}
