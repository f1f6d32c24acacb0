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

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.core.io.Resource;
import org.springframework.stereotype.Component;

/**
 * The file with the paid orders. Its first line names the columns.
 */
@Component
class OrderFile {

	private final Resource file;

	OrderFile(@Value("${sample.settlement.orders:classpath:orders.csv}") Resource file) {
		this.file = file;
	}

	/**
	 * Reads all orders.
	 * @return the orders, as the file lists them
	 */
	List<Order> read() {
		try {
			return this.file.getContentAsString(StandardCharsets.UTF_8)
				.lines()
				.skip(1)
				.filter((line) -> !line.isBlank())
				.map(Order::parse)
				.toList();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

}
