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

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Currency;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * What one merchant is paid in one currency.
 *
 * @param merchant who is paid
 * @param currency the ISO code of the currency
 * @param orders for how many orders
 * @param gross what the customers paid
 * @param fee what we keep
 */
record Settlement(String merchant, String currency, int orders, BigDecimal gross, BigDecimal fee) {

	private static final BigDecimal FEE_RATE = new BigDecimal("0.025");

	/**
	 * Settles orders.
	 * @param orders the orders
	 * @return a settlement for each merchant and currency, by their names
	 */
	static List<Settlement> of(List<Order> orders) {
		return orders.stream()
			.collect(Collectors.groupingBy((order) -> order.merchant() + "\t" + order.currency(), TreeMap::new,
					Collectors.toList()))
			.values()
			.stream()
			.map(Settlement::ofOne)
			.toList();
	}

	private static Settlement ofOne(List<Order> orders) {
		String currency = orders.get(0).currency();
		BigDecimal gross = orders.stream().map(Order::amount).reduce(BigDecimal.ZERO, BigDecimal::add);
		int digits = Currency.getInstance(currency).getDefaultFractionDigits();
		BigDecimal fee = gross.multiply(FEE_RATE).setScale(digits, RoundingMode.HALF_UP);
		return new Settlement(orders.get(0).merchant(), currency, orders.size(), gross, fee);
	}

	/**
	 * Returns what the merchant gets.
	 * @return gross less fee
	 */
	BigDecimal net() {
		return this.gross.subtract(this.fee);
	}

}
