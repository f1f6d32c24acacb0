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
import java.time.Instant;

/**
 * An order that a customer has paid.
 *
 * @param id the number of the order
 * @param merchant who is paid for it
 * @param amount what the customer paid
 * @param currency the ISO code of the currency
 * @param paidAt when the customer paid
 */
record Order(String id, String merchant, BigDecimal amount, String currency, Instant paidAt) {

	private static final int FIELDS = 5;

	/**
	 * Reads an order.
	 * @param line the fields of the order, separated by commas
	 * @return the order
	 */
	static Order parse(String line) {
		String[] fields = line.split(",", -1);
		if (fields.length != FIELDS) {
			throw new IllegalArgumentException("An order has " + FIELDS + " fields: " + line);
		}
		return new Order(fields[0], fields[1], new BigDecimal(fields[2]), fields[3], Instant.parse(fields[4]));
	}

}
